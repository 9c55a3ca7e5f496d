/**
 * Giving hot workflows back: of an executor that leaves, of paused definitions, and from the
 * quarantine.
 *
 * Owns when one may go, and how: at once if it was never claimed, else once nothing of it
 * runs. What it has still to record goes before.
 */
import { INTERRUPTIONS_MAX } from "../../shared/constants.js";
import type { HotWorkflow } from "./hot.js";
import { real } from "./sandbox.js";
import type { ExecutorState } from "./state.js";
import { holdsSlot, waitsOnlyForOthers } from "./stepStates.js";
import { interruptedTooOften } from "./verdicts.js";

const DRAIN_OVER = "The executor leaves and its drain window is over.";

/** Gives a workflow back if it can go; with `isLate` what runs of it is interrupted. */
export function giveBack(state: ExecutorState, hot: HotWorkflow, isLate = false): void {
  hot.leave();
  if (hot.claim === null) {
    // Never claimed: whoever looks next finds it in its queue. If the claim is in flight
    // right now, the answer will tell.
    if (hot.log.sending === 0) state.hots.delete(hot);
    return;
  }
  if (hot.isDead || hot.isEnding || hot.hasTurn || hot.log.sending > 0) return;
  const isRunning = [...hot.steps.values()].some(holdsSlot);
  if (isRunning && !isLate) return;
  // If this round has flushed already, the loop would sleep the drain window away.
  state.signal.notify();
  if (isRunning && failInterrupted(hot)) return; // their turns come first
  // Who waits only for others is cold until it is signalled; nobody need look before.
  hot.log.release(!waitsOnlyForOthers(hot.steps));
  if (isRunning) hot.interrupt(DRAIN_OVER);
}

/**
 * Fails the steps that no drain window is long enough for (D7): an attempt of theirs was
 * interrupted again and again. Mutations are left alone, whose calls may still commit.
 */
function failInterrupted(hot: HotWorkflow): boolean {
  const settledAt = real.now();
  let hasFailed = false;
  for (const step of hot.steps.values()) {
    const { number, request, attempts, failures } = step;
    const interruptions = attempts - failures;
    const isHopeless =
      interruptions >= INTERRUPTIONS_MAX &&
      !request.atMostOnce &&
      request.kind !== "mutation";
    if (step.phase !== "running" || !isHopeless) continue;
    step.abort?.(new Error(DRAIN_OVER));
    const error = interruptedTooOften(request.name, interruptions);
    hot.settle({
      number,
      outcome: { kind: "failed", error },
      settledAt,
      isRecorded: false,
    });
    hasFailed = true;
  }
  return hasFailed;
}
