/**
 * How much was written in the last second: a mutation may not start while it is too much.
 *
 * As crates/database/src/write_throughput_limiter.rs of convex-backend at 94a42c3d: a
 * write counts for a whole window, both ends included, and the check happens before, so
 * what exceeds the limit is written all the same.
 */
import { WRITE_THROUGHPUT_WINDOW_MS } from "../constants/classes.js";

interface Write {
  readonly time: number;
  readonly bytes: number;
}

export class WriteThroughput {
  readonly #bytesMax: number;
  readonly #now: () => number;
  #writes: Write[] = [];
  /** Writes before this index have left the window. */
  #first = 0;
  #bytes = 0;

  constructor(clock: { now(): number }, bytesPerSecond: number) {
    this.#bytesMax = (bytesPerSecond * WRITE_THROUGHPUT_WINDOW_MS) / 1_000;
    this.#now = () => clock.now();
  }

  /** Bytes written within the window that ends now. */
  get bytes(): number {
    this.#forgetOld();
    return this.#bytes;
  }

  /** Whether more than the limit was written; then a mutation fails with `TooManyWrites`. */
  get isExceeded(): boolean {
    // Most checks end here: what is counted too long only makes the sum too large.
    return this.#bytes > this.#bytesMax && this.bytes > this.#bytesMax;
  }

  record(bytes: number): void {
    if (this.#bytesMax === Infinity) return;
    this.#forgetOld();
    this.#writes.push({ time: this.#now(), bytes });
    this.#bytes += bytes;
  }

  #forgetOld(): void {
    const start = this.#now() - WRITE_THROUGHPUT_WINDOW_MS;
    while (this.#first < this.#writes.length && this.#writes[this.#first]!.time < start) {
      this.#bytes -= this.#writes[this.#first]!.bytes;
      this.#first += 1;
    }
    if (this.#first * 2 <= this.#writes.length) return;
    this.#writes = this.#writes.slice(this.#first);
    this.#first = 0;
  }
}
