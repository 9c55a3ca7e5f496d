/**
 * Virtual time, as tests let it pass.
 *
 * Owns the driving of a deployment's clock from event to event, and its bound.
 */
import type { VirtualClock } from "../../sim/index.js";

/** Events of the clock before a run counts as one that never settles. */
const EVENTS_MAX = 200_000;
const NEVER_SETTLES = `Nothing settled within ${EVENTS_MAX} events of virtual time.`;

/** Lets time pass until nothing is left to do. */
export async function driveUntilIdle(clock: VirtualClock): Promise<void> {
  const last = clock.eventsRun + EVENTS_MAX;
  const end = await clock.drive({ until: () => clock.eventsRun > last });
  if (end === "until") throw new Error(NEVER_SETTLES);
}

/** Lets time pass until a condition holds, which is looked at after each event. */
export async function driveUntil(
  clock: VirtualClock,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const last = clock.eventsRun + EVENTS_MAX;
  for (let isQuiet = false; !(await condition());) {
    if (isQuiet) throw new Error("All is quiet, but the condition does not hold.");
    if (clock.eventsRun > last) throw new Error(NEVER_SETTLES);
    const seen = clock.eventsRun;
    const end = await clock.drive({ until: () => clock.eventsRun > seen });
    isQuiet = end === "idle";
  }
}
