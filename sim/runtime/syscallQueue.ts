/**
 * The order in which a transaction's syscalls are done, and the time that they take.
 *
 * Owns the queue of one top-level transaction: first come, first served, one at a time,
 * except that reads that wait together are done together, up to a bound
 * (PLATFORM.md section 2, "latency model anchors"). A nested call is one syscall of its
 * caller and has a queue of its own. Without latency an operation is done when it is asked for.
 */
import type { Clock } from "../clock/clock.js";
import type { Frame } from "./frame.js";
import { max, min } from "../math.js";

/** More than `convex/server` needs from the answer of one syscall to the next. */
const TICKS = 16;

/** One syscall: what it does, what it costs, and who waits for it. */
interface Entry {
  /** Milliseconds. */
  readonly ms: number;
  /** Whether it may be done together with its neighbors. */
  readonly isRead: boolean;
  readonly run: () => string | Promise<string>;
  readonly resolve: (result: string) => void;
  readonly reject: (error: unknown) => void;
}

/** One for all: a tick after it costs one promise and not two. */
const SETTLED = Promise.resolve();

/**
 * Works without promises of its own: every syscall of every test comes through here, and on
 * Node 20 a promise under AsyncLocalStorage is what costs most in it.
 */
export class SyscallQueue {
  readonly #waiting: Entry[] = [];
  readonly #clock: Clock;
  readonly #frame: Frame;
  readonly #batchMax: number;
  readonly #onTime: (ms: number) => void;
  readonly #isInstant: boolean;
  #isBusy = false;
  /** Operations that were asked for so far. */
  #pushed = 0;
  #whenIdle: (() => void)[] = [];

  constructor(
    clock: Clock,
    frame: Frame,
    options: {
      batchMax: number;
      onTime: (ms: number) => void;
      /** Whether the transaction is to end without a turn of the clock; see `#turn`. */
      isInstant: boolean;
    },
  ) {
    this.#clock = clock;
    this.#frame = frame;
    this.#batchMax = options.batchMax;
    this.#onTime = options.onTime;
    this.#isInstant = options.isInstant;
  }

  /** Does an operation in its turn. After the frame's end nothing is done or answered. */
  push(ms: number, isRead: boolean, run: Entry["run"]): Promise<string> {
    this.#pushed += 1;
    return new Promise<string>((resolve, reject) => {
      this.#waiting.push({ ms, isRead, run, resolve, reject });
      if (!this.#isBusy) this.#startSoon(ms);
    });
  }

  /**
   * Resolves when nothing waits and nothing is being done, nor would be once the code that
   * was answered has gone on: the platform looks at its queue each time no code can run
   * (`run_inner` in crates/isolate/src/environment/udf/mod.rs). By then Node has told of
   * unhandled rejections, too. Never resolves when the frame ends meanwhile.
   */
  async drained(): Promise<void> {
    let pushed: number;
    do {
      if (this.#isBusy) {
        await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
      }
      pushed = this.#pushed;
      await this.#turn();
    } while (this.#isBusy || this.#pushed > pushed);
  }

  /**
   * Lets the code that can run do so. Where nothing takes time it gets a number of ticks
   * only: with a turn of the clock other things would happen in the midst of a transaction
   * that takes none, and mutations of one instant would conflict and wait. The price is that
   * there nobody hears of an unhandled rejection in its last line.
   */
  async #turn(): Promise<void> {
    if (!this.#isInstant) {
      await new Promise<void>((resolve) => {
        this.#clock.after(0, resolve);
      });
      return;
    }
    for (let tick = 0; tick < TICKS; tick += 1) await SETTLED;
  }

  /** What is asked for in one go can only be done together if nobody starts too early. */
  #startSoon(ms: number): void {
    this.#isBusy = true;
    if (ms === 0) this.#next();
    else void SETTLED.then(() => this.#next());
  }

  /** Begins what has waited longest, until it takes time or nothing waits. */
  #next(): void {
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      const ms = longest(batch);
      if (ms > 0) {
        this.#onTime(ms);
        this.#clock.after(ms, () => {
          if (this.#do(batch)) this.#next();
        });
        return;
      }
      if (!this.#do(batch)) return;
    }
    this.#isBusy = false;
    if (this.#whenIdle.length === 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #takeBatch(): Entry[] {
    const most = min(this.#waiting.length, this.#batchMax);
    let reads = 0;
    while (reads < most && this.#waiting[reads]!.isRead) reads += 1;
    return this.#waiting.splice(0, max(1, reads));
  }

  /** Does a batch in order. False if it goes on later, or the frame has ended. */
  #do(batch: readonly Entry[]): boolean {
    for (let index = 0; index < batch.length; index += 1) {
      if (this.#frame.isEnded) return false;
      const rest = this.#answer(batch[index]!);
      if (rest === null) continue;
      void rest.then(() => {
        if (this.#do(batch.slice(index + 1))) this.#next();
      });
      return false;
    }
    return !this.#frame.isEnded;
  }

  /** Null when it is answered; else what resolves once it is. */
  #answer({ run, resolve, reject }: Entry): Promise<void> | null {
    try {
      const result = run();
      if (typeof result !== "string") return result.then(resolve, reject);
      resolve(result);
    } catch (error) {
      reject(error);
    }
    return null;
  }
}

function longest(batch: readonly Entry[]): number {
  let most = 0;
  for (const { ms } of batch) if (ms > most) most = ms;
  return most;
}
