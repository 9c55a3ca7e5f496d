/**
 * The few statistics of the final table. Pure.
 */

/** Deciles: tenths of a list. */
const DECILES = 10;

/** The nearest-rank percentile, 0 < percent <= 100, of a list that is not empty; else NaN. */
export function computePercentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.max(0, rank - 1)] ?? NaN;
}

/** The median, the mean of the middle two of an even number; NaN of an empty list. */
export function computeMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
  const high = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  return (low + high) / 2;
}

/** The median of each tenth of a list in its given order; fewer than ten values, fewer tenths. */
export function computeDecileMedians(values: readonly number[]): number[] {
  const tenths = Math.min(DECILES, values.length);
  return Array.from({ length: tenths }, (_, tenth) => {
    const from = Math.floor((tenth * values.length) / tenths);
    const to = Math.floor(((tenth + 1) * values.length) / tenths);
    return computeMedian(values.slice(from, to));
  });
}

/**
 * Spearman's rank correlation: 1 when both orders are the same, -1 when opposite. NaN of
 * fewer than two pairs, or when one side is all ties.
 */
export function computeRankCorrelation(
  first: readonly number[],
  second: readonly number[],
): number {
  const a = computeRanks(first);
  const b = computeRanks(second);
  // Ranks of n values have this mean, ties or not.
  const mean = (a.length + 1) / 2;
  let covariance = 0;
  let varianceA = 0;
  let varianceB = 0;
  for (const [index, rank] of a.entries()) {
    const deltaA = rank - mean;
    const deltaB = (b[index] ?? NaN) - mean;
    covariance += deltaA * deltaB;
    varianceA += deltaA ** 2;
    varianceB += deltaB ** 2;
  }
  return covariance / Math.sqrt(varianceA * varianceB);
}

/** Ranks from 1; equal values share the mean of theirs. */
function computeRanks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((i, j) => values[i]! - values[j]!);
  const ranks = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to += 1;
    for (const index of order.slice(from, to)) ranks[index] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}
