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
const readNs = hrtime.bigint;
const NS_PER_MS = 1_000_000;
const EPOCH_MS = Date.now();
const EPOCH_NS = readNs();

export class RealClock implements Clock {
  #holds = 0;
  readonly #events = new EventHeap();
  readonly #drivers = new Drivers();
  #isTurnQueued = false;
  /** Takes back the turn at {@link #lateTurnAt}. */
  #cancelLateTurn = (): void => {};
  #lateTurnAt = Infinity;

  now(): number {
    return EPOCH_MS + Number(readNs() - EPOCH_NS) / NS_PER_MS;
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
    this.#step();
    this.#planNextTurn();
  };

  #step(): void {
    if (this.#drivers.checkConditions()) return this.#queueTurn();
    const now = this.now();
    const next = this.#events.peek();
    const isIdle = next === undefined && this.#holds === 0;
    if (this.#drivers.nextLimit(isIdle) <= now) return this.#drivers.reachLimit(now);
    if (next === undefined) {
      const waitsForLimit = this.#drivers.nextLimit(true) !== Infinity;
      if (isIdle && !waitsForLimit) this.#drivers.endIdle();
      return;
    }
    if (next.time > now) return;
    try {
      this.#events.take()?.();
    } catch (error) {
      // Without a driver nobody would learn of it.
      if (this.#drivers.isEmpty) throw error;
      this.#drivers.fail(error);
    }
  }

  /** The next turn comes with the next event or limit, or at once if that is due. */
  #planNextTurn(): void {
    const next = this.#events.peek();
    const isIdle = next === undefined && this.#holds === 0;
    const time = Math.min(next?.time ?? Infinity, this.#drivers.nextLimit(isIdle));
    if (time === Infinity || this.#isTurnQueued) return;
    const ms = time - this.now();
    // Node's timers know whole milliseconds; what is nearer is awaited turn by turn.
    if (ms < 1) return this.#queueTurn();
    this.#lateTurnAt = time;
    this.#cancelLateTurn = queueLateTurn(
      Math.min(Math.floor(ms), NODE_TIMER_MS_MAX),
      this.#turn,
    );
  }
}
