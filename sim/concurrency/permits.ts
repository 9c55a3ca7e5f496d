/**
 * Permits of one kind of function: so many run at once, the others wait in line.
 *
 * P1. First come, first served: nobody overtakes one who waits.
 * P2. A permit that was released twice counts once.
 */
import type { Clock, Timer } from "../clock/clock.js";
import { max } from "../math.js";

export interface PermitsOptions {
  readonly limit: number;
  /** How long to wait in line; Infinity for ever. */
  readonly waitMs: number;
  /** A deliberate bug for tests of tests: every n-th release is lost. */
  readonly leakEvery?: number;
}

export interface AcquireOptions {
  /** Overrides the wait. */
  readonly waitMs?: number;
  /**
   * Asked when the turn comes: one that no longer wants its permit (an action that crashed
   * in line) is passed over and gets `"timeout"`.
   */
  readonly isAbandoned?: () => boolean;
}

export interface Permit {
  /** Milliseconds spent in line. */
  readonly waitedMs: number;
  release(): void;
}

interface Waiter {
  readonly since: number;
  readonly isAbandoned: (() => boolean) | undefined;
  readonly resolve: (result: Permit | "timeout") => void;
  timer: Timer | null;
}

export class Permits {
  readonly #clock: Clock;
  readonly #options: PermitsOptions;
  /** In order of arrival: a Set keeps it, and lets one leave from the middle. */
  readonly #line = new Set<Waiter>();
  #used = 0;
  #peak = 0;
  #timeouts = 0;
  #releases = 0;

  constructor(clock: Clock, options: PermitsOptions) {
    if (!(options.limit >= 1))
      throw new RangeError(`A limit of ${options.limit} permits`);
    this.#clock = clock;
    this.#options = options;
  }

  get limit(): number {
    return this.#options.limit;
  }

  get used(): number {
    return this.#used;
  }

  get waiting(): number {
    return this.#line.size;
  }

  /** The most that were in use at once. */
  get peak(): number {
    return this.#peak;
  }

  /** How many waited in vain. */
  get timeouts(): number {
    return this.#timeouts;
  }

  /** A permit if one is free and nobody waits, without a turn of the event loop. */
  tryAcquire(): Permit | null {
    if (this.#used >= this.#options.limit || this.#line.size > 0) return null;
    return this.#grant(0);
  }

  async acquire(options: AcquireOptions = {}): Promise<Permit | "timeout"> {
    return this.tryAcquire() ?? this.#queue(options);
  }

  #queue({ waitMs, isAbandoned }: AcquireOptions): Promise<Permit | "timeout"> {
    const ms = waitMs ?? this.#options.waitMs;
    return new Promise((resolve) => {
      const since = this.#clock.now();
      const waiter: Waiter = { since, isAbandoned, resolve, timer: null };
      this.#line.add(waiter);
      if (ms === Infinity) return;
      waiter.timer = this.#clock.after(ms, () => {
        this.#line.delete(waiter);
        this.#timeouts += 1;
        resolve("timeout");
      });
    });
  }

  #grant(waitedMs: number): Permit {
    this.#used += 1;
    this.#peak = max(this.#peak, this.#used);
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      this.#release();
    };
    return { waitedMs, release };
  }

  #release(): void {
    this.#releases += 1;
    if (this.#releases % (this.#options.leakEvery ?? Infinity) === 0) return;
    this.#used -= 1;
    for (const waiter of this.#line) {
      if (this.#used >= this.#options.limit) return;
      this.#serve(waiter);
    }
  }

  #serve(waiter: Waiter): void {
    this.#line.delete(waiter);
    if (waiter.timer !== null) this.#clock.cancel(waiter.timer);
    if (waiter.isAbandoned?.() === true) waiter.resolve("timeout");
    else waiter.resolve(this.#grant(this.#clock.now() - waiter.since));
  }
}
