/**
 * Measuring: a warm-up, repetitions of a bounded time, the median.
 *
 * Owns the machine's clock; nothing else of the benchmark looks at it.
 */
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
 * Samples of several batches, in microseconds per operation: each repetition measures them all,
 * one after the other, so that what else the machine does meets all of them.
 *
 * @param afterBatch - puts things back as they were; not measured
 */
export async function measureSideBySide(
  effort: Effort,
  batches: readonly { batch: Batch; afterBatch: () => void }[],
): Promise<number[][]> {
  for (const { batch, afterBatch } of batches) {
    await repeat(effort.warmUpMs, batch, afterBatch);
  }
  const samples = batches.map((): number[] => []);
  for (let count = 0; count < effort.repetitions; count += 1) {
    for (const [index, { batch, afterBatch }] of batches.entries()) {
      samples[index]!.push(await repeat(effort.repetitionMs, batch, afterBatch));
    }
  }
  return samples;
}

/** Seconds that something takes, once. */
export interface Duration {
  readonly seconds: number;
  /** Of the cores, garbage collection included: what others do to the machine counts less. */
  readonly processorSeconds: number;
}

export async function measureDuration(run: () => Promise<void>): Promise<Duration> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startedAt) / MS_PER_S;
  return { seconds, processorSeconds: (user + system) / US_PER_MS / MS_PER_S };
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
