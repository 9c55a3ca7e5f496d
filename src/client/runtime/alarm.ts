/**
 * Wakes the loop at a time.
 *
 * Owns one timer, for the earliest time that anybody asked for. The loop asks again on
 * every round, so what it asked for before the last wake is forgotten with it: however
 * often a round asks, one timer is outstanding.
 */
import type { Signal } from "./signal.js";
import type { TimerHandle, TimerWheel } from "./timers.js";

export class Alarm {
  #timer: TimerHandle | null = null;

  constructor(
    private readonly timers: TimerWheel,
    private readonly signal: Signal,
  ) {}

  /** Forgets all times; the round that follows asks for those that still matter. */
  clear(): void {
    if (this.#timer) this.timers.cancel(this.#timer);
    this.#timer = null;
  }

  /** Wakes the loop at `dueMs`, unless it is woken earlier anyway. */
  set(dueMs: number): void {
    if (this.#timer && this.#timer.dueMs <= dueMs) return;
    this.clear();
    this.#timer = this.timers.schedule(dueMs, () => {
      this.#timer = null;
      this.signal.notify();
    });
  }
}
