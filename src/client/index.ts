/** A placeholder for the client: proves that `node:async_hooks` passes codegen and bundling. */
import { AsyncLocalStorage } from "node:async_hooks";

/** Runs `work` in a store of its own. */
export function runInStore<T>(work: () => T): T {
  return new AsyncLocalStorage<number>().run(0, work);
}
