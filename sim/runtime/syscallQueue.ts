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

/** One syscall: what it does, and what it costs. */
export interface Operation {
  /** Milliseconds. */
  readonly ms: number;
  /** Whether it may be done together with its neighbors. */
  readonly isRead: boolean;
  run(): string | Promise<string>;
}

interface Entry {
  readonly operation: Operation;
  readonly resolve: (result: string) => void;
  readonly reject: (error: unknown) => void;
}

/** Its reactions run after all that is asked for in the same go. */
const SOON = Promise.resolve();

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
  #isBusy = false;
  #whenDrained: (() => void)[] = [];

  constructor(
    clock: Clock,
    frame: Frame,
    options: { batchMax: number; onTime: (ms: number) => void },
  ) {
    this.#clock = clock;
    this.#frame = frame;
    this.#batchMax = options.batchMax;
    this.#onTime = options.onTime;
  }

  /** Whether something waits or is being done. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Does an operation in its turn. After the frame's end nothing is done or answered. */
  push(operation: Operation): Promise<string> {
    return new Promise<string>((resolve, reject) => {
      this.#waiting.push({ operation, resolve, reject });
      if (!this.#isBusy) this.#startSoon(operation.ms);
    });
  }

  /** Resolves when nothing waits and nothing is being done. */
  async drained(): Promise<void> {
    if (!this.#isBusy) return;
    await new Promise<void>((resolve) => this.#whenDrained.push(resolve));
  }

  /** What is asked for in one go can only be done together if nobody starts too early. */
  #startSoon(ms: number): void {
    this.#isBusy = true;
    if (ms === 0) this.#next();
    else void SOON.then(() => this.#next());
  }

  /** Begins what has waited longest, until it takes time or nothing waits. */
  #next(): void {
    for (;;) {
      const batch = this.#takeBatch();
      if (batch.length === 0) break;
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
    for (const resolve of this.#whenDrained.splice(0)) resolve();
  }

  #takeBatch(): Entry[] {
    const first = this.#waiting[0];
    if (!first?.operation.isRead) return this.#waiting.splice(0, 1);
    const end = this.#waiting.findIndex(({ operation }) => !operation.isRead);
    const reads = end === -1 ? this.#waiting.length : end;
    return this.#waiting.splice(0, Math.min(reads, this.#batchMax));
  }

  /** Does a batch in order. False if it goes on later, or the frame has ended. */
  #do(batch: readonly Entry[]): boolean {
    for (const [index, entry] of batch.entries()) {
      if (this.#frame.isEnded) return false;
      const rest = this.#answer(entry);
      if (rest === null) continue;
      void rest.then(() => {
        if (this.#do(batch.slice(index + 1))) this.#next();
      });
      return false;
    }
    return !this.#frame.isEnded;
  }

  /** Null when it is answered; else what resolves once it is. */
  #answer({ operation, resolve, reject }: Entry): Promise<void> | null {
    try {
      const result = operation.run();
      if (typeof result !== "string") return result.then(resolve, reject);
      resolve(result);
    } catch (error) {
      reject(error);
    }
    return null;
  }
}

function longest(batch: readonly Entry[]): number {
  return batch.reduce((ms, { operation }) => Math.max(ms, operation.ms), 0);
}
