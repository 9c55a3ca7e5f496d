/**
 * Virtual time for a backend that knows only timers.
 *
 * Owns the moving of vitest's fake clock: it jumps from timer to timer, and waits for the
 * imports by which convex-test loads modules. Bounded; nothing here sleeps.
 */
import { vi } from "vitest";

/** Turns without any timer after which nothing is going on. */
const QUIET_TURNS = 3;

/** Jumps from timer to timer until all is quiet, or `until` holds. */
export async function drive(options: {
  turnsMax: number;
  until?: () => boolean | Promise<boolean>;
}): Promise<void> {
  let quiet = 0;
  for (let turn = 0; turn < options.turnsMax; turn += 1) {
    // What was going on may start something in here, and the next jump may end it.
    await vi.dynamicImportSettled();
    if (await options.until?.()) return;
    if (vi.getTimerCount() > 0) {
      quiet = 0;
      await vi.advanceTimersToNextTimerAsync();
    } else {
      quiet += 1;
      if (quiet < QUIET_TURNS) continue;
      if (!options.until) return;
      throw new Error("All is quiet, but the condition does not hold.");
    }
  }
  throw new Error(`Nothing settled within ${options.turnsMax} turns of virtual time.`);
}
