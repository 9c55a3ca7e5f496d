/**
 * Wakes the loop at a time.
 *
 * Owns one timer, for the earliest time that anybody asked for. The loop asks again on
 * every round, so what it asked for before is forgotten; the timer is set once a round, and
 * not at all if it is set for that time already.
 */
import type { Signal } from "./signal.js";
import type { TimerHandle, TimerWheel } from "./timers.js";

export class Alarm {
  #timer: TimerHandle | null = null;
  #dueMs = Infinity;

  constructor(
    private readonly timers: TimerWheel,
    private readonly signal: Signal,
  ) {}

  /** Forgets all times; the round that follows asks for those that still matter. */
  clear(): void {
    this.#dueMs = Infinity;
  }

  /** Asks to be woken at `dueMs`, unless somebody asks for an earlier time. */
  set(dueMs: number): void {
    this.#dueMs = Math.min(this.#dueMs, dueMs);
  }

  /** Sees to it that the loop is woken at the earliest time asked for in this round. */
  arm(): void {
    if (this.#timer && this.#timer.dueMs === this.#dueMs) return;
    if (this.#timer) this.timers.cancel(this.#timer);
    this.#timer = null;
    if (this.#dueMs === Infinity) return;
    this.#timer = this.timers.schedule(this.#dueMs, () => {
      this.#timer = null;
      this.signal.notify();
    });
  }
}
