/**
 * Tells when the microtasks of a turn have drained (P1).
 *
 * A turn has no end a promise could show: only the next macrotask proves that nothing of
 * it is left to run. The platform completes one operation, drains all microtasks, then
 * completes the next (crates/isolate/src/environment/action/mod.rs), so a timeout that is
 * still outstanding fires after the microtasks of everybody who asks before it does.
 */
import type { TimerClock } from "./timers.js";

const outstanding = new WeakMap<object, Promise<void>>();

/** Resolves in the next macrotask; all who ask before that share one timeout. */
export function drainMicrotasks(clock: Pick<TimerClock, "setTimeout">): Promise<void> {
  const shared = outstanding.get(clock);
  if (shared !== undefined) return shared;
  const drained = new Promise<void>((resolve) => {
    clock.setTimeout(() => {
      // First, so that whoever continues from here waits for a macrotask of its own.
      outstanding.delete(clock);
      resolve();
    }, 0);
  });
  outstanding.set(clock, drained);
  return drained;
}
