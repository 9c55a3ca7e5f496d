/**
 * What the simulation asks of a clock: the time, timers, and somebody who drives them.
 *
 * Owns the interface only. Nothing else in `sim/` may read the machine's time or use its
 * timers, or a run would no longer be a function of its seed.
 */

/** A timer that was set; only the clock that made it may look inside. */
export interface Timer {
  /** When it is due, in milliseconds of its clock. */
  readonly time: number;
}

export interface DriveOptions {
  /**
   * What to wait for: a condition, checked at once and after each event, or a promise,
   * which costs nothing per event. Whether it resolves or rejects is the caller's business.
   */
  readonly until?: (() => boolean) | PromiseLike<unknown>;
  /** The clock's time at which to stop; events at exactly this time still run. */
  readonly to?: number;
}

/**
 * Why driving ended.
 * - `"until"`: what was waited for is there.
 * - `"idle"`: nothing is scheduled and nothing is held, so nothing more will happen.
 * - `"time"`: the time limit. Without `until`, it is reached even if nothing is scheduled.
 */
export type DriveEnd = "until" | "idle" | "time";

export interface Clock {
  /** Milliseconds since the epoch; may be fractional. */
  now(): number;
  /** Runs `run` at `time`, or as soon as possible if that has passed. */
  at(time: number, run: () => void): Timer;
  /** Runs `run` after `ms` milliseconds. */
  after(ms: number, run: () => void): Timer;
  /** Forgets a timer; does nothing for one that ran or was canceled. */
  cancel(timer: Timer): void;
  /**
   * Says that something outside is going on (a module that loads, a digest, a real fetch).
   * The result ends it and may be called again without effect.
   */
  hold(): () => void;
  /**
   * Moves the time of day by `ms`, back if negative, as when a machine's clock is set.
   * What was set by `after` still waits as long; what was set by `at` is nearer or farther.
   */
  jump(ms: number): void;
  /** Lets events happen until one of the ends in {@link DriveEnd} is reached. */
  drive(options?: DriveOptions): Promise<DriveEnd>;
}
