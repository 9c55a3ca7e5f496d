/**
 * One engine's figures beside another's: which, in which unit, and as which ratio. Pure.
 *
 * Owns what is compared. Losses are rows as all others.
 */
import type { RunResult } from "../result.js";

/** How a figure reads. */
export type Unit = "ms" | "number" | "bytes" | "usd" | "count";

/** One figure of all engines. */
export interface ComparedRow {
  readonly name: string;
  readonly unit: Unit;
  /** Which way is better. */
  readonly better: "less" | "more";
  /** By engine, in the order of the runs; null where nothing was measured. */
  readonly values: readonly (number | null)[];
  /**
   * By engine, how many times better the first one is: above 1 it wins, below it loses.
   * Null where the two do not compare.
   */
  readonly ratios: readonly (number | null)[];
}

const MS_PER_SECOND = 1_000;

type Figure = readonly [
  name: string,
  unit: Unit,
  better: ComparedRow["better"],
  value: (run: RunResult) => number | null,
];

const FIGURES: readonly Figure[] = [
  ["makespan", "ms", "less", ({ makespan }) => makespan.ms],
  ["all created after", "ms", "less", ({ makespan }) => makespan.createdMs],
  ["steps a second", "number", "more", computeRate],
  ["failed workflows", "count", "less", ({ outcome }) => outcome.failed],
  ["stuck workflows", "count", "less", ({ outcome }) => outcome.stuck],
  [
    "attempts per step",
    "number",
    "less",
    ({ outcome }) => outcome.attempts / outcome.stepsSettled,
  ],
  ["completion p50", "ms", "less", ({ completion }) => completion.p50],
  ["completion p99", "ms", "less", ({ completion }) => completion.p99],
  ["first decile's median end", "ms", "less", ({ deciles }) => deciles[0]?.p50 ?? null],
  ["rank correlation", "number", "more", (run) => run.rankCorrelation],
  ["result to next start p50", "ms", "less", ({ delays }) => delays.nextStart.p50],
  ["result to next start p99", "ms", "less", ({ delays }) => delays.nextStart.p99],
  perStep("transactions per step", "transactions"),
  perStep("documents read per step", "documentsRead"),
  perStep("bytes read per step", "bytesRead", "bytes"),
  perStep("documents written per step", "documentsWritten"),
  perStep("bytes written per step", "bytesWritten", "bytes"),
  perStep("conflicts per step", "conflicts"),
  perStep("scheduled functions per step", "scheduledFunctions"),
  ["price of 1,000 workflows", "usd", "less", computePrice],
  ["of it function calls", "usd", "less", ({ cost }) => bill(cost, "functionCallsUsd")],
  ["of it bandwidth", "usd", "less", ({ cost }) => bill(cost, "bandwidthUsd")],
  ["of it actions", "usd", "less", ({ cost }) => bill(cost, "actionUsd")],
];

/** Compares runs of the same work; the first is the one that the others stand beside. */
export function compareRuns(runs: readonly RunResult[]): ComparedRow[] {
  return FIGURES.map(([name, unit, better, read]) => {
    const values = runs.map(read);
    const own = values[0] ?? null;
    const ratios = values.map((value) => computeRatio(own, value, better));
    return { name, unit, better, values, ratios };
  });
}

function computeRatio(
  own: number | null,
  peer: number | null,
  better: ComparedRow["better"],
): number | null {
  if (own === null || peer === null) return null;
  if (own === peer) return 1;
  const ratio = better === "less" ? peer / own : own / peer;
  // Nothing compares with none of it, nor an order with a reversed one.
  return Number.isFinite(ratio) && ratio > 0 ? ratio : null;
}

function computeRate({ outcome, makespan }: RunResult): number {
  return (outcome.stepsSettled * MS_PER_SECOND) / makespan.ms;
}

type Cost = RunResult["cost"];
type Prices = "functionCallsUsd" | "bandwidthUsd" | "actionUsd";

function bill(cost: Cost, key: Prices): number | null {
  return cost?.per1000Workflows[key] ?? null;
}

function computePrice({ cost }: RunResult): number | null {
  if (!cost) return null;
  const { functionCallsUsd, bandwidthUsd, actionUsd } = cost.per1000Workflows;
  return functionCallsUsd + bandwidthUsd + actionUsd;
}

function perStep(
  name: string,
  key: keyof NonNullable<Cost>["perStep"],
  unit: Unit = "number",
): Figure {
  return [name, unit, "less", ({ cost }) => cost?.perStep[key] ?? null];
}
