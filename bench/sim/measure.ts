/**
 * Measuring: a warm-up, repetitions of a bounded time, the median.
 *
 * Owns the machine's clock; nothing else of the benchmark looks at it.
 */
import { computeMedian } from "../../demo/statistics.js";

/** How long to measure one figure. */
export interface Effort {
  readonly warmUpMs: number;
  readonly repetitions: number;
  /** Of each repetition: it ends with the first batch that ends after it. */
  readonly repetitionMs: number;
}

/** Does some operations and tells how many. */
export type Batch = () => number | Promise<number>;

const US_PER_MS = 1_000;
const MS_PER_S = 1_000;

/**
 * Microseconds per operation: the median of the repetitions.
 *
 * @param afterBatch - puts things back as they were; not measured
 */
export async function measureUs(
  effort: Effort,
  batch: Batch,
  afterBatch: () => void = () => {},
): Promise<number> {
  await repeat(effort.warmUpMs, batch, afterBatch);
  const figures: number[] = [];
  for (let count = 0; count < effort.repetitions; count += 1) {
    figures.push(await repeat(effort.repetitionMs, batch, afterBatch));
  }
  return computeMedian(figures);
}

/** Seconds that something takes, once. */
export async function measureSeconds(run: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return (performance.now() - startedAt) / MS_PER_S;
}

export function perSecond(us: number): number {
  return (MS_PER_S * US_PER_MS) / us;
}

/** Microseconds per operation over at least that time, and at least one batch. */
async function repeat(ms: number, batch: Batch, afterBatch: () => void): Promise<number> {
  let spentMs = 0;
  let operations = 0;
  do {
    const startedAt = performance.now();
    const result = batch();
    // Only what has to be waited for is: a turn of the microtask queue is a cost too.
    operations += typeof result === "number" ? result : await result;
    spentMs += performance.now() - startedAt;
    afterBatch();
  } while (spentMs < ms);
  return (spentMs / operations) * US_PER_MS;
}
