/**
 * What an action sees of the world: the clock's time, timers on it, a network.
 *
 * A1. Once the action is over, no timer of it fires and no fetch of it is answered.
 */
import type { Clock, Timer } from "../clock/clock.js";
import type { Random } from "../clock/random.js";
import { FunctionLog, type LogSink } from "./log.js";
import { fetchOutside } from "./fetchOutside.js";
import { runWithoutGlobals } from "./globals.js";
import { roundDown } from "./transactionWorld.js";
import type { LogLevel, TimerRequest, World } from "./world.js";
import { floor } from "../math.js";

/** An operation of the host that an action can await, syscalls apart. */
export type HostOperation = "timer" | "fetch";

export interface ActionWorldOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Whether the action is over; it may be so in the midst of its code. */
  readonly isEnded: () => boolean;
  /** When the code was deployed: the origin of `performance`. @defaultValue now */
  readonly deployedAt?: number;
  /** @defaultValue the realm's fetch; while it works, time stands still */
  readonly fetch?: typeof globalThis.fetch;
  readonly onLog?: LogSink;
  /** An error that a timer's callback threw: the action ends with it. */
  readonly onUncaught: (error: unknown) => void;
  /** Called around each operation; it may end the action there. */
  readonly onOperation?: (operation: HostOperation, phase: "before" | "after") => void;
}

interface ActionTimer {
  timer: Timer;
}

export class ActionWorld implements World {
  readonly refusesEntropy = false;
  readonly members = new Map<string, object>();
  readonly clock: Clock;
  readonly random: Random;
  readonly timeOrigin: number;
  readonly #options: ActionWorldOptions;
  readonly #log: FunctionLog;
  readonly #timers = new Map<unknown, ActionTimer>();
  #lastTimerId = 0;

  constructor(options: ActionWorldOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.timeOrigin = options.deployedAt ?? options.clock.now();
    this.#options = options;
    this.#log = new FunctionLog(() => options.clock.now(), options.onLog);
  }

  now(): number {
    return floor(this.clock.now());
  }

  performanceNow(): number {
    return roundDown(this.clock.now() - this.timeOrigin);
  }

  log(level: LogLevel, args: readonly unknown[]): void {
    this.#log.add(level, args);
  }

  setTimer(request: TimerRequest): number {
    this.#lastTimerId += 1;
    const id = this.#lastTimerId;
    this.#options.onOperation?.("timer", "before");
    // An infinite delay is no time; the timer is known by its number and never fires.
    if (this.#options.isEnded() || request.ms === Infinity) return id;
    const fire = (): void => this.#fire(id, request, fire);
    this.#timers.set(id, { timer: this.clock.after(request.ms, fire) });
    return id;
  }

  clearTimer(id: unknown): void {
    const entry = this.#timers.get(id);
    if (entry === undefined) return;
    this.clock.cancel(entry.timer);
    this.#timers.delete(id);
  }

  /** Forgets all timers; for an action that is over. */
  clearTimers(): void {
    for (const id of this.#timers.keys()) this.clearTimer(id);
  }

  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const { onOperation, isEnded, fetch } = this.#options;
    onOperation?.("fetch", "before");
    if (isEnded()) return await never();
    try {
      if (fetch === undefined) return await fetchOutside(this.clock, input, init);
      return await runWithoutGlobals(() => fetch(input, init));
    } finally {
      onOperation?.("fetch", "after");
      // Whoever waits for it does not run any more.
      if (isEnded()) await never();
    }
  }

  #fire(id: number, request: TimerRequest, fire: () => void): void {
    const entry = this.#timers.get(id);
    const { isEnded, onOperation } = this.#options;
    if (entry === undefined || isEnded()) return;
    onOperation?.("timer", "after");
    if (isEnded()) return;
    // Until its callback is through, a timer is there to be cleared by it.
    try {
      request.run();
    } catch (error) {
      this.#options.onUncaught(error);
    }
    if (!this.#timers.has(id)) return;
    if (request.name === "setInterval") entry.timer = this.clock.after(request.ms, fire);
    else this.#timers.delete(id);
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
