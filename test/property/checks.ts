/**
 * What has to hold of every run of a deterministic program.
 *
 * Owns one check per property; each throws with what it found.
 */
import { expect } from "vitest";
import {
  replay,
  replayToEnd,
  summarizeOutcome,
  summarizeStep,
  type Journal,
  type StepSummary,
} from "./journal.js";
import { isFlat, isOrderFree, listParts } from "./analysis.js";
import type { Program } from "./program.js";
import type { Trial } from "./trial.js";

/** No invariant was broken at any quiet point. */
export function checkAudit(trial: Trial): void {
  expect(trial.violations).toEqual([]);
}

/** Every workflow has ended, and none because its journal did not fit its handler. */
export function checkEnded(trial: Trial): void {
  for (const { workflow } of trial.journals) {
    expect(workflow).toMatchObject({
      state: expect.stringMatching(/completed|failed|canceled/) as string,
    });
    expect(workflow.error?.code ?? "").not.toMatch(
      /NONDETERMINISM|NOT_AWAITED|OUTSIDE_TURN/,
    );
  }
}

/** A mutation step's effect is there once if the step completed, and else not at all (D4). */
export function checkEffects(trial: Trial): void {
  const expected = new Map<string, number>();
  for (const step of trial.journals.flatMap(({ steps, former }) => [
    ...former,
    ...steps,
  ])) {
    if (step.kind === "mutation" && step.outcome?.kind === "completed") {
      expected.set(step.name, (expected.get(step.name) ?? 0) + 1);
    }
  }
  expect(trial.effects).toEqual(expected);
}

/** What a journal says is never taken back; a row only gains its outcome (I4). */
export function checkAppendOnly(trial: Trial): void {
  const known = new Map<string, StepSummary>();
  for (const journal of [...trial.snapshots, trial.journals].flat()) {
    for (const [index, step] of journal.steps.entries()) {
      expect(step.number).toBe(index);
      const { _id, generation } = journal.workflow;
      const key = `${_id}/${generation}/${step.number}`;
      const now = summarizeStep(step);
      const before = known.get(key);
      if (before?.outcome) expect(now).toEqual(before);
      else if (before) {
        const { name, kind, digest, after } = before;
        expect(now).toMatchObject({ name, kind, digest, after });
      }
      known.set(key, now);
    }
  }
}

/** Whatever journal there was, a cold handler goes the way that it tells (D9, P1). */
export async function checkReplays(trial: Trial): Promise<void> {
  const seen = new Set<string>();
  for (const journal of trial.snapshots.flat()) {
    const { workflow, steps } = journal;
    const { _id, generation, state } = workflow;
    const key = JSON.stringify([_id, generation, state, steps.map(summarizeStep)]);
    if (seen.has(key) || workflow.startedAt === undefined) continue;
    // Its open steps are being settled: nobody is given such a journal.
    if (workflow.ending?.isSettling) continue;
    seen.add(key);
    const { divergence } = await replay(trial.app, journal);
    expect(divergence).toBe(null);
  }
  for (const journal of trial.journals) await checkEnd(trial, journal);
}

/** Given what it was given, the handler asks for exactly its rows, and ends as it ended. */
async function checkEnd(trial: Trial, journal: Journal): Promise<void> {
  const { state, result, error } = summarizeOutcome(journal);
  if (state === "canceled") return; // where a canceled handler stood is not recorded
  const replayed = await replayToEnd(trial.app, journal);
  expect(replayed).toEqual({
    divergence: null,
    added: [],
    ended: state === "completed" ? { state, result } : { state, error },
  });
}

/** A program to which order means nothing has one journal and one outcome (D9). */
export function checkSameAsHot(program: Program, hot: Trial, trial: Trial): void {
  if (trial.isEnded || !isOrderFree(program)) return;
  const sees = new Set(
    listParts(program).flatMap((part) => {
      const step = part.kind === "step" ? part.step : part.kind === "branch" && part.on;
      return step && step.sees !== "nothing" ? [step.label] : [];
    }),
  );
  const isExact = isFlat(program);
  const [before, now] = [hot, trial].map(({ journals }) =>
    journals.map((journal) => ({
      definition: journal.workflow.definition,
      outcome: summarizeOutcome(journal),
      steps: comparable(journal, sees, isExact),
    })),
  );
  expect(now!.sort(compareText)).toEqual(before!.sort(compareText));
}

/**
 * Rows as any run would write them. Steps that look at the clock or draw have other
 * arguments in another run; groups whose members have steps of their own interleave them.
 */
function comparable(journal: Journal, sees: ReadonlySet<string>, isExact: boolean) {
  const rows = journal.steps.map((step) => {
    const { digest, after, ...row } = summarizeStep(step);
    const name = row.name.split(/[ /]/)[0]!;
    const hasSeen = sees.has(name) || journal.workflow.parent !== undefined;
    return {
      ...row,
      name: row.kind === "run" && hasSeen ? name : row.name,
      digest: hasSeen ? null : digest,
      after: isExact ? [...after].sort((a, b) => a - b) : null,
    };
  });
  return isExact ? rows : rows.sort(compareText);
}

function compareText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
