/**
 * One timer wheel per executor (P14).
 *
 * Owns: which callbacks are due when. May not touch: anything else; the clock is given.
 *
 * The platform's `clearTimeout` leaves the sleep and its closure behind until it fires, and
 * its WeakRef is a strong one. Hence:
 *
 * W1. No platform timeout is ever cleared; a wake that comes for nothing does nothing.
 * W2. A platform timeout is armed only if none is outstanding at or before the time to
 *     wake at. So short timers under a long one do not add long sleeps.
 * W3. What a platform timeout holds is a box, emptied by `close`: a closed wheel, and all
 *     its callbacks refer to, can be collected while sleeps are outstanding.
 * W4. A canceled entry leaves the heap, and drops its callback, at once.
 * W5. A wake runs only what was scheduled before it, so a callback that schedules itself
 *     for now cannot keep the wheel from other work.
 * W6. A long delay is slept in pieces. A platform timeout counts its delay whatever the
 *     clock does; were it trusted for minutes, a clock set ahead would make all later ones late.
 * W7. A timeout that ends much too early by the clock tells that the clock was set back: all
 *     that waits is due as much earlier, and `onSetBack` is told.
 */
import { CLOCK_BACK_MS, TIMER_STRETCH_MS } from "../../shared/constants.js";

export interface TimerClock {
  now(): number;
  setTimeout(fn: () => void, delayMs: number): unknown;
}

/** A scheduled callback; opaque to everyone but its wheel. */
export interface TimerHandle {
  readonly dueMs: number;
}

interface Entry extends TimerHandle {
  dueMs: number;
  /** Order of scheduling, which decides among equal due times. */
  readonly order: number;
  /** Where it stands in the heap; -1 once it has run or was canceled. */
  index: number;
  fn: (() => void) | null;
}

/** An outstanding platform timeout: when it ends. */
interface Wake {
  atMs: number;
}

interface WakeBox {
  wake: ((wake: Wake) => void) | null;
}

export class TimerWheel {
  readonly #clock: TimerClock;
  readonly #onError: (error: unknown) => void;
  readonly #onSetBack: () => void;
  readonly #box: WakeBox;
  /** A binary heap by (dueMs, order). */
  #heap: Entry[] = [];
  /** The outstanding platform timeouts, each earlier than the one before. */
  #wakes: Wake[] = [];
  #nextOrder = 0;

  /** `onError` receives what a callback throws and may not throw; the others run regardless. */
  constructor(
    clock: TimerClock,
    onError: (error: unknown) => void,
    onSetBack: () => void = () => undefined,
  ) {
    this.#clock = clock;
    this.#onError = onError;
    this.#onSetBack = onSetBack;
    this.#box = { wake: (wake) => this.#wake(wake) };
  }

  /** Schedules `fn` for `dueMs`; a time in the past means the next macrotask. */
  schedule(dueMs: number, fn: () => void): TimerHandle {
    if (Number.isNaN(dueMs)) throw new RangeError("a timer's due time is not a number");
    const entry: Entry = { dueMs, order: this.#nextOrder, index: -1, fn };
    // A workflow may outlive its executor's wheel by a moment; it must not fail for it.
    if (this.#box.wake === null) return entry;
    this.#nextOrder += 1;
    this.#place(entry, this.#heap.length);
    this.#siftUp(entry);
    this.#arm();
    return entry;
  }

  /** Cancels a callback; one that has run, or was canceled before, is left as it is. */
  cancel(handle: TimerHandle): void {
    const entry = handle as Entry;
    if (this.#heap[entry.index] === entry) this.#remove(entry);
    entry.fn = null;
  }

  /** The earliest due time, or null if nothing is scheduled. */
  nextDueMs(): number | null {
    return this.#heap[0]?.dueMs ?? null;
  }

  /** Drops all callbacks for good. */
  close(): void {
    this.#box.wake = null;
    for (const entry of this.#heap) {
      entry.index = -1;
      entry.fn = null;
    }
    this.#heap = [];
    this.#wakes = [];
  }

  #arm(): void {
    const dueMs = this.nextDueMs();
    if (dueMs === null || this.#box.wake === null) return;
    const nowMs = this.#clock.now();
    const delayMs = Math.min(Math.max(Math.ceil(dueMs - nowMs), 0), TIMER_STRETCH_MS);
    const wake = { atMs: nowMs + delayMs };
    // Compared with the wake and not with the due time, as that may be in the past.
    const earliest = this.#wakes.at(-1);
    if (earliest !== undefined && earliest.atMs <= wake.atMs) return;
    this.#wakes.push(wake);
    this.#clock.setTimeout(createWake(this.#box, wake), delayMs);
  }

  #wake(wake: Wake): void {
    const position = this.#wakes.lastIndexOf(wake);
    if (position !== -1) this.#wakes.splice(position, 1);
    this.#noteSetBack(wake.atMs - this.#clock.now());
    this.#runDue();
    this.#arm();
  }

  /** Every wait is as long as it was, though the clock was set back (W7). */
  #noteSetBack(backMs: number): void {
    if (backMs < CLOCK_BACK_MS) return;
    for (const entry of this.#heap) entry.dueMs -= backMs;
    for (const wake of this.#wakes) wake.atMs -= backMs;
    this.#onSetBack();
  }

  #runDue(): void {
    const nowMs = this.#clock.now();
    const due: Entry[] = [];
    while (this.#heap.length > 0 && this.#heap[0]!.dueMs <= nowMs) {
      const entry = this.#heap[0]!;
      this.#remove(entry);
      due.push(entry);
    }
    // Taken out before the first one runs (W5). One that an earlier callback cancels has
    // lost its `fn` when its turn comes.
    for (const entry of due) this.#run(entry);
  }

  #run(entry: Entry): void {
    const { fn } = entry;
    entry.fn = null;
    try {
      fn?.();
    } catch (error) {
      this.#onError(error);
    }
  }

  #remove(entry: Entry): void {
    const last = this.#heap.pop()!;
    if (last !== entry) {
      this.#place(last, entry.index);
      this.#siftUp(last);
      this.#siftDown(last);
    }
    entry.index = -1;
  }

  #siftUp(entry: Entry): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >> 1]!;
      if (isBefore(parent, entry)) return;
      this.#swap(entry, parent);
    }
  }

  #siftDown(entry: Entry): void {
    for (;;) {
      const left = this.#heap[2 * entry.index + 1];
      const right = this.#heap[2 * entry.index + 2];
      const child = right !== undefined && isBefore(right, left!) ? right : left;
      if (child === undefined || isBefore(entry, child)) return;
      this.#swap(entry, child);
    }
  }

  #swap(first: Entry, second: Entry): void {
    const index = first.index;
    this.#place(first, second.index);
    this.#place(second, index);
  }

  #place(entry: Entry, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }
}

/** Outside the class, so that the closure's scope holds the box and not the wheel (W3). */
function createWake(box: WakeBox, wake: Wake): () => void {
  return () => box.wake?.(wake);
}

function isBefore(first: Entry, second: Entry): boolean {
  return (
    first.dueMs < second.dueMs ||
    (first.dueMs === second.dueMs && first.order < second.order)
  );
}
