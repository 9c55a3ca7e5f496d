/**
 * Counts over time, from when things began and ended. Pure.
 */
import type { Series } from "../result.js";
import { round } from "./percentiles.js";

/** Points of a chart: more would not be seen. */
const POINTS_MAX = 600;
const SECOND_MS = 1_000;

export interface SeriesInput {
  readonly beganAt: number;
  readonly endedAt: number;
  /** Attempts, from begin to end. */
  readonly intervals: readonly (readonly [from: number, to: number])[];
  /** Workflows: from their creation to their first step. */
  readonly queued: readonly (readonly [from: number, to: number])[];
  /** Steps: from their durable row to their first attempt. */
  readonly waiting: readonly (readonly [from: number, to: number])[];
  readonly starts: readonly number[];
  /** Attempts that the API's limit refused; null if nobody counts them. */
  readonly refusals: readonly number[] | null;
  readonly ends: readonly number[];
}

export function computeSeries(input: SeriesInput): Series {
  const { beganAt, endedAt } = input;
  const seconds = Math.max(1, Math.ceil((endedAt - beganAt) / SECOND_MS / POINTS_MAX));
  const everyMs = seconds * SECOND_MS;
  const points = Math.max(1, Math.ceil((endedAt - beganAt) / everyMs));
  const slotOf = (at: number) =>
    Math.min(points - 1, Math.max(0, Math.floor((at - beganAt) / everyMs)));
  /** How many of them hold at the end of each interval. */
  const countHolding = (spans: readonly (readonly [number, number])[]) => {
    const deltas = new Int32Array(points + 1);
    for (const [from, to] of spans) {
      deltas[slotOf(from)]! += 1;
      if (to <= endedAt) deltas[slotOf(to)]! -= 1;
    }
    let sum = 0;
    return Array.from(deltas.subarray(0, points), (delta) => (sum += delta));
  };
  const countRate = (times: readonly number[]) => {
    const counts = new Int32Array(points);
    for (const at of times) counts[slotOf(at)]! += 1;
    return Array.from(counts, (count) => round(count / seconds));
  };
  return {
    everyMs,
    running: countHolding(input.intervals),
    queued: countHolding(input.queued),
    waiting: countHolding(input.waiting),
    startsPerSecond: countRate(input.starts),
    refusedPerSecond: input.refusals && countRate(input.refusals),
    completedPerSecond: countRate(input.ends),
  };
}
