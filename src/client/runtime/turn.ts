/**
 * Tells when the microtasks of a turn have drained (P1).
 *
 * A turn has no end a promise could show: only the next macrotask proves that nothing of
 * it is left to run. The platform completes one operation, drains all microtasks, then
 * completes the next (crates/isolate/src/environment/action/mod.rs), so a timeout that is
 * still outstanding fires after the microtasks of everybody who asks before it does.
 *
 * Nothing is shared through the module: where invocations share one, the timeout of an
 * executor that has died never fires, and whoever waited for it would wait for ever.
 */
import type { TimerClock } from "./timers.js";

/** Resolves in the next macrotask. */
export async function drainMicrotasks(
  clock: Pick<TimerClock, "setTimeout">,
): Promise<void> {
  await new Promise<void>((resolve) => {
    clock.setTimeout(() => resolve(), 0);
  });
}
