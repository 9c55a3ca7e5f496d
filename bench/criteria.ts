/**
 * Judgements of a run, and of several: a criterion that is missed once is missed.
 */
import type { Bound, Criterion, RunResult } from "./result.js";

/** The value may be at most the bound. */
export function atMost(name: string, value: number, bound: number): Criterion {
  return { name, value, bound, sense: "atMost", holds: value <= bound };
}

/** The value has to be at least the bound. */
function atLeast(name: string, value: number, bound: number): Criterion {
  return { name, value, bound, sense: "atLeast", holds: value >= bound };
}

/** What has to hold of every run: all completed, and nothing is wrong with what is stored. */
export function judgeOutcome({ outcome }: RunResult): Criterion[] {
  return [
    atMost("failed workflows", outcome.failed, 0),
    atMost("stuck workflows", outcome.stuck, 0),
    atMost("violated invariants", outcome.violations, 0),
  ];
}

/** The makespan beside one of its bounds. */
export function judgeMakespan(
  { makespan }: RunResult,
  name: Bound["name"],
  ratioMax: number,
): Criterion {
  const ratio = makespan.bounds.find((bound) => bound.name === name)?.ratio ?? NaN;
  return atMost(`makespan ÷ ${name}`, ratio, ratioMax);
}

/** First come, first completed. */
export function judgeOrder(run: RunResult, correlationMin: number): Criterion[] {
  const medians = run.deciles.map(({ p50 }) => p50);
  const falls = medians.filter((p50, index) => p50 <= (medians[index - 1] ?? -1));
  return [
    atMost("deciles whose median completion does not rise", falls.length, 0),
    atLeast("rank correlation", run.rankCorrelation, correlationMin),
  ];
}

/** Of the same criteria of several runs, each at its worst. */
export function combineWorst(runs: readonly (readonly Criterion[])[]): Criterion[] {
  const [first = [], ...others] = runs;
  return first.map((criterion, index) =>
    others.reduce((worst, run) => pickWorse(worst, run[index]!), criterion),
  );
}

/** NaN, which nothing is at most, is the worst. */
function pickWorse(a: Criterion, b: Criterion): Criterion {
  if (a.holds !== b.holds) return a.holds ? b : a;
  const isWorse = a.sense === "atMost" ? b.value > a.value : b.value < a.value;
  return isWorse ? b : a;
}
