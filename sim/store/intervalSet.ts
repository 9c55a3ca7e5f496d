/**
 * Keys that were read from one index, as the fewest intervals.
 *
 * Invariant: intervals are sorted, not empty, and neither overlap nor touch. The platform
 * limits their number, so merging is part of what is simulated.
 */
export class IntervalSet {
  readonly #starts: string[] = [];
  /** Exclusive. */
  readonly #ends: string[] = [];

  get size(): number {
    return this.#starts.length;
  }

  add(start: string, end: string): void {
    if (start >= end) {
      return;
    }
    // Those from `first` to before `beyond` overlap or touch the new one.
    const first = countBelow(this.#ends, start);
    const beyond = first + countUpTo(this.#starts, end, first);
    if (first === beyond) {
      insertAt(this.#starts, first, start);
      insertAt(this.#ends, first, end);
      return;
    }
    const oldStart = this.#starts[first]!;
    const oldEnd = this.#ends[beyond - 1]!;
    this.#starts[first] = start < oldStart ? start : oldStart;
    this.#ends[first] = end > oldEnd ? end : oldEnd;
    if (beyond - first > 1) {
      this.#starts.splice(first + 1, beyond - first - 1);
      this.#ends.splice(first + 1, beyond - first - 1);
    }
  }

  contains(key: string): boolean {
    const index = countUpTo(this.#starts, key, 0) - 1;
    return index >= 0 && key < this.#ends[index]!;
  }

  /** Of ascending keys, the least of the numbers beside those within; Infinity if none is. */
  findLeast(keys: readonly string[], numbers: readonly number[]): number {
    let least = Infinity;
    for (const [index, start] of this.#starts.entries()) {
      const end = this.#ends[index]!;
      for (let at = countBelow(keys, start); at < keys.length && keys[at]! < end; at += 1)
        least = Math.min(least, numbers[at]!);
    }
    return least;
  }

  clone(): IntervalSet {
    const copy = new IntervalSet();
    copy.#starts.push(...this.#starts);
    copy.#ends.push(...this.#ends);
    return copy;
  }

  /** In order; for tests and for messages. */
  toArray(): { start: string; end: string }[] {
    return this.#starts.map((start, index) => ({ start, end: this.#ends[index]! }));
  }
}

/** Reads mostly go forward, and then the new interval is the last. */
function insertAt(list: string[], index: number, key: string): void {
  if (index === list.length) {
    list.push(key);
  } else {
    list.splice(index, 0, key);
  }
}

/** How many of a sorted list are below the key. */
function countBelow(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** How many of a sorted list, from an index on, are at or below the key. */
function countUpTo(sorted: readonly string[], key: string, from: number): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - from;
}
