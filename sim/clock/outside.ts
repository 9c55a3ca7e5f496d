/**
 * Waiting for the real world while a clock stands still.
 *
 * O1. Time doesn't move from the start of such a wait to what follows its end.
 * O2. Waits that are in order end in the order in which they began, however long each
 *     really took, so that a run stays a function of its seed.
 */
import type { Clock } from "./clock.js";

/** Waits for something that depends on the world, such as a real fetch. */
export async function waitOutside<T>(
  clock: Clock,
  run: () => PromiseLike<T>,
): Promise<T> {
  const release = clock.hold();
  try {
    return await run();
  } finally {
    release();
  }
}

const lastWaits = new WeakMap<Clock, Promise<unknown>>();

/** Waits for something that gives the same each time, such as a digest or a module. */
export async function waitOutsideInOrder<T>(
  clock: Clock,
  run: () => PromiseLike<T>,
): Promise<T> {
  return await waitOutside(clock, () => {
    const earlier = lastWaits.get(clock);
    const result = Promise.resolve(run());
    // Something that fails early would count as unhandled while it waits for its turn.
    result.catch(() => {});
    const inOrder = earlier === undefined ? result : earlier.then(() => result);
    lastWaits.set(
      clock,
      inOrder.then(
        () => {},
        () => {},
      ),
    );
    return inOrder;
  });
}
