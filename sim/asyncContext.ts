/**
 * Values that follow the code which runs: for each function its syscalls and its globals.
 *
 * Owns the one AsyncLocalStorage in which all of them are. On Node 20 each storage costs
 * something for every promise that anybody makes, so that two of them cost twice as much.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<readonly unknown[]>();
let places = 0;

/** As an AsyncLocalStorage of its own. */
export class ContextValue<T> {
  readonly #place = places++;

  /** The value of the running context, or undefined. */
  get(): T | undefined {
    return storage.getStore()?.[this.#place] as T | undefined;
  }

  /** Runs a function, and all that it starts, with a value. */
  run<Result>(value: T | undefined, fn: () => Result): Result {
    const values = [...(storage.getStore() ?? [])];
    values[this.#place] = value;
    return storage.run(values, fn);
  }
}
