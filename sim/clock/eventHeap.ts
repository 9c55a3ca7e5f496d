/**
 * The events of a clock, ordered by time and then by insertion: a binary heap.
 *
 * H1. Two events at the same time leave in the order in which they were added.
 * H2. A canceled event stays where it is, without its function, and is dropped when it
 *     reaches the top, or when such events outnumber the others.
 */
import { HEAP_COMPACTION_SIZE_MIN } from "../constants/clock.js";
import type { Timer } from "./clock.js";

export class Event implements Timer {
  time: number;
  readonly sequence: number;
  /** Null once it ran or was canceled. */
  run: (() => void) | null;
  /** Set by a delay rather than by a time of day: a clock jump moves it along. */
  readonly isDelay: boolean;

  constructor(time: number, sequence: number, run: () => void, isDelay: boolean) {
    this.time = time;
    this.sequence = sequence;
    this.run = run;
    this.isDelay = isDelay;
  }
}

export class EventHeap {
  #heap: Event[] = [];
  #sequence = 0;
  #canceled = 0;

  /** Events that will run. */
  get size(): number {
    return this.#heap.length - this.#canceled;
  }

  add(time: number, run: () => void, isDelay: boolean): Event {
    const event = new Event(time, this.#sequence, run, isDelay);
    this.#sequence += 1;
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1);
    return event;
  }

  cancel(event: Event): void {
    if (event.run === null) return;
    event.run = null;
    this.#canceled += 1;
    const isWorthIt = this.#canceled * 2 > this.#heap.length;
    if (isWorthIt && this.#heap.length >= HEAP_COMPACTION_SIZE_MIN) this.#compact();
  }

  /** The next event, which stays. */
  peek(): Event | undefined {
    let top = this.#heap[0];
    while (top !== undefined && top.run === null) {
      this.#removeTop();
      this.#canceled -= 1;
      top = this.#heap[0];
    }
    return top;
  }

  /** Takes the next event out and gives its function. */
  take(): (() => void) | null {
    const top = this.peek();
    if (top === undefined) return null;
    this.#removeTop();
    const run = top.run;
    top.run = null;
    return run;
  }

  /** Moves all delays by `ms`; see the clock's jump. */
  shiftDelays(ms: number): void {
    for (const event of this.#heap) if (event.isDelay) event.time += ms;
    this.#compact();
  }

  #compact(): void {
    this.#heap = this.#heap.filter((event) => event.run !== null).sort(compareEvents);
    this.#canceled = 0;
  }

  #rise(start: number): void {
    const heap = this.#heap;
    const event = heap[start]!;
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex]!;
      if (compareEvents(event, parent) >= 0) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = event;
  }

  #removeTop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    const length = heap.length;
    let index = 0;
    for (let child = 1; child < length; child = 2 * index + 1) {
      const right = child + 1;
      if (right < length && compareEvents(heap[right]!, heap[child]!) < 0) child = right;
      if (compareEvents(last, heap[child]!) <= 0) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

function compareEvents(a: Event, b: Event): number {
  return a.time - b.time || a.sequence - b.sequence;
}
