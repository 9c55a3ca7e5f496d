/** Percentiles of many values at once. Pure. */
import type { Percentiles } from "../result.js";

const NONE: Percentiles = { count: 0, mean: 0, p50: 0, p90: 0, p99: 0, max: 0 };
const PERCENT = 100;
/** Deciles: tenths of a list. */
const DECILES = 10;

/** Nearest-rank percentiles; all 0 of no values. */
export function computePercentiles(values: readonly number[]): Percentiles {
  if (values.length === 0) return NONE;
  const sorted = Float64Array.from(values).sort();
  const at = (percent: number) =>
    round(sorted[Math.max(0, Math.ceil((percent / PERCENT) * sorted.length) - 1)]!);
  return {
    count: sorted.length,
    mean: round(sorted.reduce((sum, value) => sum + value, 0) / sorted.length),
    p50: at(50),
    p90: at(90),
    p99: at(99),
    max: at(PERCENT),
  };
}

/** The tenths of a list in its order; of fewer than ten values, fewer. */
export function splitDeciles<T>(values: readonly T[]): T[][] {
  const tenths = Math.min(DECILES, values.length);
  return Array.from({ length: tenths }, (_, tenth) =>
    values.slice(
      Math.floor((tenth * values.length) / tenths),
      Math.floor(((tenth + 1) * values.length) / tenths),
    ),
  );
}

/** To a thousandth: what is below says nothing, and files stay readable. */
export function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
