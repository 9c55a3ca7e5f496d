/**
 * What the benchmark's calls note of themselves: when attempts began and ended.
 *
 * Owns the times, by workflow and call; everything about durable rows is the ledger's.
 */

/** Times of one call, in the backend's milliseconds; NaN for what has not happened. */
export interface CallTimes {
  readonly firstStart: number;
  readonly lastEnd: number;
  /** In attempts, all of them together. */
  readonly busyMs: number;
  readonly attempts: number;
}

export class Probe {
  readonly #firstStart: Float64Array;
  readonly #lastEnd: Float64Array;
  readonly #busyMs: Float64Array;
  readonly #attempts: Uint16Array;
  /** All attempts: when each began and ended, in the order of their ends. */
  readonly intervals: [from: number, to: number][] = [];
  /** When attempts began. */
  readonly starts: number[] = [];

  constructor(
    workflows: number,
    private readonly calls: number,
    private readonly now: () => number,
  ) {
    const size = workflows * calls;
    this.#firstStart = new Float64Array(size).fill(NaN);
    this.#lastEnd = new Float64Array(size).fill(NaN);
    this.#busyMs = new Float64Array(size);
    this.#attempts = new Uint16Array(size);
  }

  /** Runs one attempt and notes it, however it ends. */
  async time<T>(index: number, call: number, attempt: () => Promise<T>): Promise<T> {
    const at = index * this.calls + call;
    const from = this.now();
    this.starts.push(from);
    if (this.#attempts[at] === 0) this.#firstStart[at] = from;
    this.#attempts[at]! += 1;
    try {
      return await attempt();
    } finally {
      const to = this.now();
      this.#lastEnd[at] = to;
      this.#busyMs[at]! += to - from;
      this.intervals.push([from, to]);
    }
  }

  of(index: number, call: number): CallTimes {
    const at = index * this.calls + call;
    return {
      firstStart: this.#firstStart[at]!,
      lastEnd: this.#lastEnd[at]!,
      busyMs: this.#busyMs[at]!,
      attempts: this.#attempts[at]!,
    };
  }
}
