/**
 * What the replaced globals of a running function ask: its time, its chance, its log.
 *
 * Owns the interface only; the worlds of transactions and actions stand in files of their own.
 */
import type { Clock } from "../clock/clock.js";
import type { Random } from "../clock/random.js";

export type TimerName = "setTimeout" | "setInterval" | "AbortSignal.timeout";

export type LogLevel = "debug" | "error" | "info" | "log" | "trace" | "warn";

/** One line that a function logged. */
export interface LogLine {
  readonly level: LogLevel;
  readonly text: string;
  /** Milliseconds of the clock. */
  readonly at: number;
}

/** A timer that is to be set. */
export interface TimerRequest {
  readonly name: TimerName;
  readonly ms: number;
  readonly run: () => void;
}

export interface World {
  /** What `Date.now()` says, in whole milliseconds. */
  now(): number;
  /** What `performance.now()` says, in milliseconds. */
  performanceNow(): number;
  /** What `performance.timeOrigin` says, in milliseconds. */
  readonly timeOrigin: number;
  readonly random: Random;
  /** For what waits for the real world. */
  readonly clock: Clock;
  /** True in transactions, which may not use what no seed repeats, such as new keys. */
  readonly refusesEntropy: boolean;
  log(level: LogLevel, args: readonly unknown[]): void;
  /** Gives the timer's number. */
  setTimer(request: TimerRequest): number;
  clearTimer(id: unknown): void;
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** What the function assigned to members of globals, by the global's name. */
  readonly members: Map<string, object>;
}
