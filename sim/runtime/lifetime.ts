/**
 * Something that runs and ends once: a function, or a job's run by the scheduler.
 *
 * Owns who is told of the end. What it called ends with it, and must stop listening when it
 * ends first: an action may live for very many calls.
 */
import { FunctionFailure } from "./failure.js";

type Listener = (failure: FunctionFailure) => void;

export class Lifetime {
  #isEnded = false;
  readonly #listeners = new Set<Listener>();

  /** For accounts: what began the transactions that it calls. */
  get label(): string {
    return "scheduler";
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** How many wait for its end. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Does something when it ends, at once if it has ended. Returns how to take that back. */
  onEnd(listener: Listener): () => void {
    if (this.#isEnded) {
      listener(ENDED);
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Ends it: with a failure it was killed, without one it returned or threw. */
  end(failure: FunctionFailure = ENDED): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(failure);
  }

  /** Ends when `owner` does; what it owns no longer hears of it once it has ended itself. */
  endWith(owner: Lifetime): void {
    const leave = owner.onEnd((failure) => this.end(failure));
    this.onEnd(leave);
  }
}

const ENDED = new FunctionFailure("user", "The function has ended.", "ended");
