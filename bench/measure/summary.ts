/**
 * What the records of all completed workflows say together: how long, in which order, and
 * where the time went. Pure.
 */
import { computeRankCorrelation } from "../../demo/statistics.js";
import type { Phase, RunResult } from "../result.js";
import { computePercentiles, round, splitDeciles } from "./percentiles.js";
import { PHASES, type WorkflowRecord } from "./times.js";

/** Points of a chart of completions. */
const COMPLETIONS_MAX = 2_000;

/** The parts of a result that follow from records alone. */
export type RecordSummary = Pick<
  RunResult,
  "completion" | "deciles" | "rankCorrelation" | "breakdown" | "delays" | "completions"
>;

/** Summarizes records in the order of creation. */
export function summarizeRecords(records: readonly WorkflowRecord[]): RecordSummary {
  return {
    completion: computePercentiles(records.map((one) => one.endedMs - one.createdMs)),
    deciles: splitDeciles(records).map((tenth) =>
      computePercentiles(tenth.map(({ endedMs }) => endedMs)),
    ),
    rankCorrelation: round6(
      computeRankCorrelation(
        records.map((_, rank) => rank),
        records.map(({ endedMs }) => endedMs),
      ),
    ),
    breakdown: computeBreakdown(records),
    delays: {
      nextStart: computePercentiles(records.flatMap((one) => one.nextStart)),
      nextRow: computePercentiles(records.flatMap((one) => one.nextRow)),
    },
    completions: thin(records),
  };
}

function computeBreakdown(records: readonly WorkflowRecord[]): Phase[] {
  const deciles = splitDeciles(records);
  return PHASES.map((name) => ({
    name,
    ...computePercentiles(records.map(({ phases }) => phases[name])),
    decileMeans: deciles.map(
      (tenth) => computePercentiles(tenth.map(({ phases }) => phases[name])).mean,
    ),
  }));
}

function thin(records: readonly WorkflowRecord[]): RunResult["completions"] {
  const every = Math.max(1, Math.ceil(records.length / COMPLETIONS_MAX));
  return records.flatMap(({ createdMs, endedMs }, rank) =>
    rank % every === 0
      ? [[rank, round(endedMs - createdMs), round(endedMs)] as const]
      : [],
  );
}

/** A correlation of 0.9995 is not one of 1. */
function round6(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
