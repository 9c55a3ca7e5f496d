/**
 * How an API's limit was met while it changed, from when it refused requests. Pure.
 */

const SECOND_MS = 1_000;

/**
 * Counts 429s, by name: at first, after each change, and the most within a second, which
 * tells a herd. Times are in order, and those of the changes of the same beginning.
 */
export function countRefusals(
  refusedMs: readonly number[],
  changesMs: readonly number[],
): Record<string, number> {
  const counts = [0, ...changesMs].map((from, index) => {
    const to = changesMs[index] ?? Infinity;
    const name = index === 0 ? "refusedAtFirst" : `refusedAfterChange${index}`;
    return [name, refusedMs.filter((at) => at >= from && at < to).length] as const;
  });
  return { ...Object.fromEntries(counts), refusedInASecondMax: countMost(refusedMs) };
}

function countMost(times: readonly number[]): number {
  let from = 0;
  let most = 0;
  for (const [index, at] of times.entries()) {
    while (at - times[from]! >= SECOND_MS) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}
