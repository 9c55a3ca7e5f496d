/**
 * A clock whose time moves only when nothing can run.
 *
 * V1. One event at a time. The next one starts after all microtasks and ticks the former
 *     one left, and after all drivers' conditions were looked at.
 * V2. All callers of `drive` share one loop; without one, nothing happens.
 * V3. While anything is held, no event runs: what comes back from outside would meet the
 *     events of the same instant in an order that no seed decides.
 * V4. Events run in the loop's own async context, never in that of a caller.
 */
import { START_AT_MS, TURNS_PER_PASS_MAX } from "../constants/clock.js";
import type { Clock, DriveEnd, DriveOptions, Timer } from "./clock.js";
import { Drivers } from "./drivers.js";
import { type Event, EventHeap } from "./eventHeap.js";
import { queueTurns } from "./turns.js";
import { max, min } from "../math.js";

export interface VirtualClockOptions {
  /** Milliseconds since the epoch. @defaultValue START_AT_MS */
  readonly startAt?: number;
}

export class VirtualClock implements Clock {
  #now: number;
  #holds = 0;
  #eventsRun = 0;
  readonly #events = new EventHeap();
  readonly #drivers = new Drivers();
  /** Turns asked for that have not come; the loop is alive while there are any. */
  #turnsQueued = 0;
  #turnsPerPass = 1;

  constructor({ startAt = START_AT_MS }: VirtualClockOptions = {}) {
    this.#now = startAt;
  }

  /** Events that have run. */
  get eventsRun(): number {
    return this.#eventsRun;
  }

  /** Events that are scheduled. */
  get pending(): number {
    return this.#events.size;
  }

  /** Whether something outside is going on. */
  get isHeld(): boolean {
    return this.#holds > 0;
  }

  now(): number {
    return this.#now;
  }

  at(time: number, run: () => void): Timer {
    checkTime(time);
    return this.#events.add(max(time, this.#now), run, false);
  }

  after(ms: number, run: () => void): Timer {
    checkTime(ms);
    return this.#events.add(this.#now + max(ms, 0), run, true);
  }

  cancel(timer: Timer): void {
    this.#events.cancel(timer as Event);
  }

  hold(): () => void {
    this.#holds += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds -= 1;
      this.#wake();
    };
  }

  jump(ms: number): void {
    checkTime(ms);
    this.#now += ms;
    this.#events.shiftDelays(ms);
  }

  async drive(options: DriveOptions = {}): Promise<DriveEnd> {
    const end = this.#drivers.add(options);
    this.#wake();
    return end;
  }

  #wake(): void {
    if (this.#turnsQueued > 0 || this.#drivers.isEmpty) return;
    this.#turnsPerPass = 1;
    this.#queueTurns();
  }

  #queueTurns(): void {
    this.#turnsQueued = this.#turnsPerPass;
    queueTurns(this.#turnsPerPass, this.#turn);
  }

  readonly #turn = (): void => {
    this.#turnsQueued -= 1;
    const goesOn = this.#step();
    if (!goesOn || this.#turnsQueued > 0) return;
    this.#turnsPerPass = min(this.#turnsPerPass * 2, TURNS_PER_PASS_MAX);
    this.#queueTurns();
  };

  /** Does one thing; false when there is nothing to do before somebody wakes the loop. */
  #step(): boolean {
    // Who is let go takes a turn of its own, and may schedule something before the next.
    if (this.#drivers.checkConditions()) return true;
    if (this.#holds > 0 || this.#drivers.isEmpty) return false;
    const next = this.#events.peek();
    const limit = this.#drivers.nextLimit(next === undefined);
    if (limit < (next?.time ?? Infinity)) this.#reachLimit(limit);
    else if (next === undefined) this.#drivers.endIdle();
    else this.#run(next);
    return true;
  }

  #reachLimit(limit: number): void {
    this.#now = max(this.#now, limit);
    this.#drivers.reachLimit(limit);
  }

  #run(event: Event): void {
    // Not simply its time: after a jump it may lie in the past.
    this.#now = max(this.#now, event.time);
    this.#eventsRun += 1;
    try {
      this.#events.take()?.();
    } catch (error) {
      this.#drivers.fail(error);
    }
  }
}

function checkTime(ms: number): void {
  if (!Number.isFinite(ms)) throw new RangeError(`A clock cannot wait for ${ms}`);
}
