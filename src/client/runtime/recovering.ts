/**
 * Recovery of what dead predecessors hold (P7), and the letting go of what was taken away.
 *
 * Owns the asking, page by page; the component decides who is dead, and re-queues.
 */
import type { Candidate, Scan } from "./model.js";
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

/**
 * Lets go of a hot workflow that stands unclaimed in the queue, though its claim was
 * durable before this scan began: it was revoked. Else its signal would be found in every
 * scan and read in none, until a heartbeat is told of the claim.
 */
export function dropRevoked(
  { hots }: ExecutorState,
  { workflow }: Candidate,
  scannedAt: number,
): boolean {
  const hot = hots.get(workflow);
  const isRevoked = hot && hot.claimedAt !== null && hot.claimedAt < scannedAt;
  if (!isRevoked || hot.log.sending > 0) return false;
  hots.drop(hot, "The claim on this workflow was revoked.");
  return true;
}
