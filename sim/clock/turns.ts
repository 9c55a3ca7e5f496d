/**
 * Turns of Node's event loop, in the context of nobody.
 *
 * T1. They come from `node:timers`, taken when this module was loaded: fake timers replace
 *     the globals, and an edge runtime has no `setImmediate` at all.
 * T2. A turn starts after all microtasks and ticks of what ran before it.
 * T3. A turn runs in the context in which this module was loaded, so what user code keeps
 *     in an AsyncLocalStorage while it starts a loop is not seen by the loop's events.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import * as timers from "node:timers";

const { setImmediate, setTimeout, clearTimeout } = timers;
const runInRootContext = AsyncLocalStorage.snapshot();

/** Runs `turn` in the next `count` turns, each after all that the former one left (T2). */
export function queueTurns(count: number, turn: () => void): void {
  runInRootContext(() => {
    for (let queued = 0; queued < count; queued += 1) setImmediate(turn);
  });
}

/** Runs `turn` after `ms` of the machine's time. The result takes it back. */
export function queueLateTurn(ms: number, turn: () => void): () => void {
  const timer = runInRootContext(() => setTimeout(turn, ms));
  return () => clearTimeout(timer);
}
