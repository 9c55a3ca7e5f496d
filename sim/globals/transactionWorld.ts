/**
 * What a query or a mutation sees of the world: a frozen time, seeded chance, no timers and
 * no network (PLATFORM.md section 5).
 */
import type { Clock } from "../clock/clock.js";
import type { Random } from "../clock/random.js";
import { PERFORMANCE_STEPS_PER_MS } from "../constants/globals.js";
import { FunctionLog, type LogSink } from "./log.js";
import { refusal } from "./refusal.js";
import type { LogLevel, TimerRequest, World } from "./world.js";
import { floor } from "../math.js";

export interface TransactionWorldOptions {
  readonly clock: Clock;
  /** What `Date.now()` says throughout, cut to whole milliseconds. */
  readonly startedAt: number;
  /** New for each attempt. */
  readonly random: Random;
  /** Whether `performance.now()` moves: in mutations it does, in queries it does not. */
  readonly isQuery: boolean;
  /** When the code was deployed: the origin of `performance`. @defaultValue `startedAt` */
  readonly deployedAt?: number;
  readonly onLog?: LogSink;
  /**
   * An error that no code of the function can catch: the function ends with it. Called
   * later, never while the function runs.
   */
  readonly onUncaught: (error: unknown) => void;
}

export class TransactionWorld implements World {
  readonly refusesEntropy = true;
  readonly members = new Map<string, object>();
  readonly clock: Clock;
  readonly random: Random;
  readonly timeOrigin: number;
  readonly #options: TransactionWorldOptions;
  readonly #log: FunctionLog;
  readonly #now: number;
  #timers = 0;

  constructor(options: TransactionWorldOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.timeOrigin = options.deployedAt ?? options.startedAt;
    this.#options = options;
    this.#now = floor(options.startedAt);
    this.#log = new FunctionLog(() => options.clock.now(), options.onLog);
  }

  now(): number {
    return this.#now;
  }

  performanceNow(): number {
    const { isQuery, startedAt, clock } = this.#options;
    return roundDown((isQuery ? startedAt : clock.now()) - this.timeOrigin);
  }

  log(level: LogLevel, args: readonly unknown[]): void {
    this.#log.add(level, args);
  }

  /** It returns, but the operation behind it rejects with nobody there to handle it. */
  setTimer({ name }: TimerRequest): number {
    const error = refusal(name);
    void Promise.resolve().then(() => this.#options.onUncaught(error));
    this.#timers += 1;
    return this.#timers;
  }

  clearTimer(): void {}

  async fetch(): Promise<Response> {
    throw refusal("fetch()");
  }
}

/** `performance.now()` is cut to a tenth of a millisecond. */
export function roundDown(ms: number): number {
  return floor(ms * PERFORMANCE_STEPS_PER_MS) / PERFORMANCE_STEPS_PER_MS;
}
