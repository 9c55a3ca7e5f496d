/**
 * A clock that is the machine's, with the order of events of the virtual one.
 *
 * R1. It needs nobody to drive it: events happen when they are due, or later if the machine
 *     is busy. `drive` only waits.
 * R2. One event at a time, each after all microtasks and ticks of the former one.
 * R3. A hold stops nothing, as time cannot be stopped; but who is held is not idle.
 */
import { hrtime } from "node:process";

import { NODE_TIMER_MS_MAX } from "../constants/clock.js";
import type { Clock, DriveEnd, DriveOptions, Timer } from "./clock.js";
import { Drivers } from "./drivers.js";
import { type Event, EventHeap } from "./eventHeap.js";
import { queueLateTurn, queueTurns } from "./turns.js";

/** Taken when loaded: fake timers replace what `Date` and `performance` say. */
const nativeHrtime = hrtime;
const readNs = (): bigint => nativeHrtime.bigint();
const NS_PER_MS = 1_000_000;
const EPOCH_MS = Date.now();
const EPOCH_NS = readNs();

export class RealClock implements Clock {
  #holds = 0;
  readonly #events = new EventHeap();
  readonly #drivers = new Drivers();
  /** By how much the time of day differs from the machine's. */
  #jumpedMs = 0;
  #isTurnQueued = false;
  /** Takes back the turn at {@link #lateTurnAt}. */
  #cancelLateTurn = (): void => {};
  #lateTurnAt = Infinity;

  now(): number {
    return EPOCH_MS + this.#jumpedMs + Number(readNs() - EPOCH_NS) / NS_PER_MS;
  }

  at(time: number, run: () => void): Timer {
    return this.#add(time, run, false);
  }

  after(ms: number, run: () => void): Timer {
    return this.#add(this.now() + Math.max(ms, 0), run, true);
  }

  cancel(timer: Timer): void {
    this.#events.cancel(timer as Event);
    if (this.#events.size === 0) this.#queueTurn();
  }

  hold(): () => void {
    this.#holds += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds -= 1;
      this.#queueTurn();
    };
  }

  jump(ms: number): void {
    if (!Number.isFinite(ms)) throw new RangeError(`A clock cannot jump by ${ms}`);
    this.#jumpedMs += ms;
    this.#events.shiftDelays(ms);
    this.#queueTurn();
  }

  async drive(options: DriveOptions = {}): Promise<DriveEnd> {
    const end = this.#drivers.add(options);
    this.#queueTurn();
    return await end;
  }

  #add(time: number, run: () => void, isDelay: boolean): Timer {
    if (!Number.isFinite(time)) throw new RangeError(`A clock cannot wait for ${time}`);
    const event = this.#events.add(time, run, isDelay);
    if (time < this.#lateTurnAt) this.#queueTurn();
    return event;
  }

  #queueTurn(): void {
    if (this.#isTurnQueued) return;
    this.#isTurnQueued = true;
    queueTurns(1, this.#turn);
  }

  readonly #turn = (): void => {
    this.#isTurnQueued = false;
    this.#cancelLateTurn();
    this.#lateTurnAt = Infinity;
    const next = this.#events.peek();
    const isIdle = next === undefined && this.#holds === 0;
    const limit = this.#drivers.nextLimit(isIdle);
    // What was done may have changed any condition, so the next turn comes at once.
    if (this.#step(next, isIdle, limit)) this.#queueTurn();
    else this.#planTurn(Math.min(next?.time ?? Infinity, limit));
  };

  /** Does one thing; false when nothing is due. */
  #step(next: Event | undefined, isIdle: boolean, limit: number): boolean {
    if (this.#drivers.checkConditions()) return true;
    const now = this.now();
    if (next !== undefined && next.time <= Math.min(now, limit)) {
      this.#run();
      return true;
    }
    if (limit <= now) {
      this.#drivers.reachLimit(now);
      return true;
    }
    if (isIdle && limit === Infinity) this.#drivers.endIdle();
    return false;
  }

  #run(): void {
    try {
      this.#events.take()?.();
    } catch (error) {
      // Without a driver nobody would learn of it.
      if (this.#drivers.isEmpty) throw error;
      this.#drivers.fail(error);
    }
  }

  #planTurn(time: number): void {
    if (time === Infinity || this.#isTurnQueued) return;
    const ms = time - this.now();
    // Node's timers know whole milliseconds; what is nearer is awaited turn by turn.
    if (ms < 1) return this.#queueTurn();
    this.#lateTurnAt = time;
    const wholeMs = Math.min(Math.floor(ms), NODE_TIMER_MS_MAX);
    this.#cancelLateTurn = queueLateTurn(wholeMs, this.#turn);
  }
}
