/**
 * Recovery of what dead predecessors hold (P7).
 *
 * Owns the asking, page by page; the component decides who is dead, and re-queues.
 */
import type { Scan } from "./model.js";
import type { ExecutorState } from "./state.js";

/**
 * Gives back what dead predecessors hold, before anything of the scan is used: it shows
 * their workflows nowhere, and those are older than what it would have claimed (I7).
 */
export async function giveBackOfDead(
  state: ExecutorState,
  dead: Scan["draining"],
): Promise<void> {
  for (const { executor } of dead) {
    while (await state.backend.recover(executor)) {
      if (state.mode !== "serving") return;
    }
  }
}
