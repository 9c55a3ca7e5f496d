/**
 * The app that protocol tests run: steps whose every attempt and effect can be counted.
 *
 * Owns the workflows, and the log of what their steps did. An attempt is logged when it
 * begins and again when it ends, so that a test can say how many ran, when, and whether
 * two attempts of one step ever overlapped.
 */
import { defineSchema, defineTable, mutationGeneric } from "convex/server";
import { v } from "convex/values";
import { expect, onTestFinished } from "vitest";
import {
  getErrorCode,
  type InProcessActionCtx,
  type WorkflowId,
} from "../../src/client/index.js";
import { CRASH_MESSAGE, CUT_AT, type Cuttable } from "./faults.js";
import { ref, TestApp, workflowRef, type AppOptions } from "./app.js";
import { EXECUTOR } from "./deployment.js";

/** One attempt of an in-process action. */
export type Attempt = {
  key: string;
  step: string;
  /** What the step was told: 1 for the first attempt. */
  attempt: number;
  startedAt: number;
  /** When it returned, or when its executor crashed; null while it runs. */
  readonly endedAt: number | null;
  isAborted: boolean;
};

/** What a workflow of this app is made of. */
export type Part =
  /** An in-process action that takes `ms` and fails its first `failures` attempts. */
  | {
      kind: "work";
      key: string;
      ms?: number;
      failures?: number;
      /** Before the second attempt, in milliseconds; half of it is drawn at random. */
      backoffMs?: number;
      runAfter?: number;
    }
  /** A mutation that writes one row into `charges`. */
  | { kind: "charge"; key: string }
  | { kind: "sleep"; ms: number }
  /** A child workflow of other parts. */
  | { kind: "child"; parts: Part[]; runAfter?: number }
  /** All of these at once. */
  | { kind: "all"; parts: Part[] }
  /** The same; of those that fail, the code. */
  | { kind: "caught"; parts: Part[] };

const schema = defineSchema({ charges: defineTable({ key: v.string() }) });

export class WorkApp extends TestApp {
  /** What jobs may fail with besides a crash, since the test made them: beginnings of errors. */
  readonly expectedFailures: string[] = [CRASH_MESSAGE];
  /** Attempts of in-process actions, in the order in which they began. */
  readonly attempts: Attempt[];

  constructor(options: AppOptions = {}) {
    const attempts: Attempt[] = [];
    super({ schema, ...options }, (executor) => ({
      work: executor.action({
        args: { key: v.string(), ms: v.number(), failures: v.number() },
        returns: v.string(),
        handler: async (ctx, args) => await runWork(attempts, ctx, args),
      }),
      charge: mutationGeneric({
        args: { key: v.string() },
        handler: async (ctx, { key }) => {
          await ctx.db.insert("charges", { key });
          return key;
        },
      }),
      main: executor
        .define({ args: { parts: v.array(v.any()) }, returns: v.array(v.any()) })
        .handler(async (step, { parts }) => {
          const results: unknown[] = [];
          for (const part of parts as Part[]) results.push(await runPart(step, part));
          return results;
        }),
    }));
    this.attempts = attempts;
    onTestFinished(async () => {
      expect(await this.failedJobs()).toEqual([]);
    });
  }

  /** Starts a workflow made of these parts. */
  async begin(
    parts: Part[],
    options: { key?: string; priority?: number } = {},
  ): Promise<WorkflowId> {
    return await this.start("main", { parts }, options);
  }

  /** Keys of the charges that were made, sorted: one per committed run of the mutation. */
  async charges(): Promise<string[]> {
    const rows = await this.rows<{ key: string }>("charges", "");
    return rows.map(({ key }) => key).sort();
  }

  /** How many attempts of the work under `key` began. */
  attemptsOf(key: string): number {
    return this.attempts.filter((attempt) => attempt.key === key).length;
  }

  /** Keys in the order in which their attempts began. */
  get order(): string[] {
    return this.attempts.map(({ key }) => key);
  }

  /** The most attempts that ever ran at once. */
  get concurrencyMax(): number {
    return Math.max(0, ...this.attempts.map((one) => this.#countAt(one.startedAt)));
  }

  /** Steps of which two attempts ran at the same time. */
  get overlaps(): string[] {
    return this.attempts
      .filter((one) =>
        this.attempts.some(
          (other) =>
            other !== one &&
            other.step === one.step &&
            other.startedAt >= one.startedAt &&
            other.startedAt < (one.endedAt ?? Infinity),
        ),
      )
      .map(({ key }) => key);
  }

  /** Waits until the work under `key` runs. */
  async runUntilWorking(key: string): Promise<void> {
    await this.runUntil(() =>
      this.attempts.some((one) => one.key === key && one.endedAt === null),
    );
  }

  /** What jobs failed with, other than a crash: an executor never dies of a bug. */
  async failedJobs(): Promise<unknown[]> {
    type Job = { name: string; state: { kind: string; error?: string } };
    const components = ["", EXECUTOR, `${EXECUTOR}/workpool`];
    const jobs = await Promise.all(
      components.map(async (one) => await this.rows<Job>("_scheduled_functions", one)),
    );
    return jobs
      .flat()
      .filter(
        ({ state: { kind, error } }) => kind === "failed" && !this.#isExpected(error),
      );
  }

  #isExpected(error = ""): boolean {
    return this.expectedFailures.some((one) => error.startsWith(one));
  }

  #countAt(ms: number): number {
    return this.attempts.filter(
      ({ startedAt, endedAt }) => startedAt <= ms && (endedAt ?? Infinity) > ms,
    ).length;
  }
}

/** Lets `ms` virtual milliseconds pass inside a call, as a network does. */
export async function delay(ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms));
}

type Step = Parameters<
  Parameters<ReturnType<TestApp["executor"]["define"]>["handler"]>[0]
>[0];

async function runPart(step: Step, part: Part): Promise<unknown> {
  switch (part.kind) {
    case "work": {
      const { key, ms = 10, failures = 0 } = part;
      const { backoffMs = 1_000, runAfter } = part;
      const retry = {
        maxAttempts: failures + 1,
        initialBackoffMs: backoffMs,
        maxBackoffMs: Math.max(backoffMs, 60_000),
      };
      const args = { key, ms, failures };
      const options = {
        name: key,
        retry,
        ...(runAfter === undefined ? {} : { runAfter }),
      };
      return await step.runAction(ref<"action">("work"), args, options);
    }
    case "charge":
      return await step.runMutation(ref<"mutation">("charge"), { key: part.key });
    case "sleep":
      return await step.sleep(part.ms);
    case "child":
      return await step.runWorkflow(
        workflowRef("main"),
        { parts: part.parts },
        part.runAfter === undefined ? {} : { runAfter: part.runAfter },
      );
    case "caught": {
      const codeOf = (error: unknown) => getErrorCode(error) ?? "none";
      return await Promise.all(
        part.parts.map(async (one) => await runPart(step, one).catch(codeOf)),
      );
    }
    case "all":
      return await Promise.all(part.parts.map(async (one) => await runPart(step, one)));
  }
}

async function runWork(
  attempts: Attempt[],
  ctx: InProcessActionCtx,
  { key, ms, failures }: { key: string; ms: number; failures: number },
): Promise<string> {
  const { idempotencyKey: step, attempt } = ctx;
  const cutAt = (ctx as Cuttable)[CUT_AT] ?? (() => null);
  // A crashed executor runs nothing, though its code lives on in this process.
  if (cutAt() !== null) return await new Promise<never>(() => undefined);
  const failed = attempts.filter((one) => one.step === step && !one.isAborted).length;
  let endedAt: number | null = null;
  const entry = {
    key,
    step,
    attempt,
    startedAt: Date.now(),
    isAborted: false,
    get endedAt() {
      return endedAt ?? cutAt();
    },
  };
  attempts.push(entry);
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
    ctx.signal.addEventListener("abort", () => {
      entry.isAborted = true;
      resolve();
    });
  });
  endedAt = Date.now();
  if (failed < failures) throw new Error(`${key} fails`);
  return key;
}
