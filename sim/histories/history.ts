/**
 * What many clients saw who ran programs at once, and whether one after the other they could
 * have seen the same.
 *
 * Owns running and judging. A history is serializable if its committed transactions, run
 * one at a time in the order of their commits, give the same answers and the same rows.
 */
import { makeFunctionReference } from "convex/server";
import { createConvex, type Convex, type ConvexOptions } from "../index.js";
import { countScheduled, programs, schema, type Answers, type Step } from "./program.js";

const run = makeFunctionReference<"mutation", { steps: Step[] }>("programs:run");

/** One committed program. */
interface Committed {
  readonly steps: Step[];
  readonly answers: Answers;
  readonly ts: bigint;
}

export interface History {
  /** In the order of their commits. */
  readonly committed: readonly Committed[];
  /** Programs whose outcome their client does not know, or that failed. */
  readonly failed: number;
  readonly rows: readonly Record<string, unknown>[];
  readonly ticks: number;
  readonly convex: Convex;
}

/** Opens a deployment that can run programs. */
export async function openPrograms(options: Partial<ConvexOptions>): Promise<Convex> {
  return await createConvex({
    app: { schema, modules: { "programs.ts": programs } },
    ...options,
  });
}

/** Runs all programs at once, in so many lines, until nothing is left to do. */
export async function runHistory(
  all: readonly Step[][],
  options: Partial<ConvexOptions> = {},
): Promise<History> {
  const convex = await openPrograms(options);
  const committed: Committed[] = [];
  let failed = 0;
  await Promise.all(
    all.map(async (steps) => {
      try {
        const { answers, ts } = (await convex.mutation(run, { steps })) as Omit<
          Committed,
          "steps"
        >;
        committed.push({ steps, answers, ts });
      } catch {
        failed += 1;
      }
    }),
  );
  await convex.runUntilIdle();
  committed.sort((a, b) => Number(a.ts - b.ts));
  return {
    committed,
    failed,
    rows: withoutSystemFields(convex.rows("", "rows")),
    ticks: convex.rows("", "ticks").length,
    convex,
  };
}

/** What is wrong with a history in which every outcome is known; empty if nothing is. */
export async function judge(history: History): Promise<string[]> {
  const problems: string[] = [];
  const serial = await openPrograms({ latency: "none" });
  for (const { steps, answers } of history.committed) {
    const again = (await serial.mutation(run, { steps })) as { answers: Answers };
    if (!isSame(again.answers, answers)) {
      problems.push(
        `not serializable: ${show(steps)} read ${show(answers)}, one at a time ${show(again.answers)}`,
      );
    }
  }
  await serial.runUntilIdle();
  const rows = withoutSystemFields(serial.rows("", "rows"));
  if (!isSame(rows, history.rows)) {
    problems.push(`other rows: ${show(history.rows)}, one at a time ${show(rows)}`);
  }
  const due = history.committed.reduce(
    (sum, { steps }) => sum + countScheduled(steps),
    0,
  );
  if (history.ticks !== due) problems.push(`${due} jobs scheduled, ${history.ticks} ran`);
  return [...problems, ...judgeIdle(history.convex)];
}

/** What may not be left when nothing is left to do. */
function judgeIdle(convex: Convex): string[] {
  const problems: string[] = [];
  for (const [kind, { used }] of Object.entries(convex.permits)) {
    if (used > 0) problems.push(`${used} permits for a ${kind} were never given back`);
  }
  const { running, waiting } = convex.scheduler;
  if (running + waiting > 0) problems.push(`${running} jobs run, ${waiting} wait`);
  return problems;
}

function withoutSystemFields(rows: Record<string, unknown>[]): Record<string, unknown>[] {
  return rows
    .map(({ key, rank }) => ({ key, rank }))
    .sort((a, b) => show(a).localeCompare(show(b)));
}

function isSame(a: unknown, b: unknown): boolean {
  return show(a) === show(b);
}

function show(value: unknown): string {
  return JSON.stringify(value);
}
