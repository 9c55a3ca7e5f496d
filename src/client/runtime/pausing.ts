/**
 * What an executor does with paused definitions.
 *
 * Owns the two ways in which their workflows go: candidates are parked instead of opened,
 * and hot ones given back once what runs of them has ended. Given back, they stand in the
 * queue, where the next scan finds them as candidates. One that is on its way out goes, even
 * if its definition has been resumed meanwhile: its journal tells how to go on.
 */
import type { Candidate } from "./model.js";
import type { ExecutorState } from "./state.js";

/** Parts candidates into those of paused definitions and the others. */
export function splitPaused(
  { paused }: ExecutorState,
  candidates: readonly Candidate[],
): { held: Candidate[]; open: Candidate[] } {
  const isHeld = ({ definition }: Candidate) => paused.has(definition);
  return {
    held: candidates.filter(isHeld),
    open: candidates.filter((one) => !isHeld(one)),
  };
}

/** Gives hot workflows of paused definitions back, as soon as nothing of them runs. */
export function giveBackPaused(state: ExecutorState): void {
  if (state.mode !== "serving") return;
  for (const hot of state.hots.list()) {
    hot.isLeaving ||= state.paused.has(hot.identity.definition);
    if (!hot.isLeaving || hot.isDead || hot.isEnding || hot.log.sending > 0) continue;
    // Never claimed: it is still in its queue. If the claim is in flight, the answer tells.
    if (hot.claim === null) state.hots.delete(hot);
    const isBusy = hot.hasTurn || hot.log.operations.length > 0;
    const isRunning = [...hot.steps.values()].some(({ phase }) => phase === "running");
    if (hot.claim !== null && !isBusy && !isRunning) hot.log.release(true);
  }
}
