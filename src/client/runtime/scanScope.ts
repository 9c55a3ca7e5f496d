/**
 * How far a scan looks.
 *
 * Owns the decision how many tasks and signals it asks for, from what is at hand, what there
 * is room for, and what is asked of help. Asks nobody itself.
 */
import { SCAN_FRESH_HEADS } from "../../shared/constants.js";
import type { ScanWanted } from "./backend.js";
import type { HelpAsked, HelpCaller } from "./helpCaller.js";
import type { Intake } from "./intake.js";
import { countUnclaimed, type ExecutorState } from "./state.js";

type Scope = Pick<ScanWanted, "tasks" | "replays" | "atHand"> & { help: HelpAsked };

/** How many more candidates there is room for than are at hand. */
export function computeWant(state: ExecutorState, intake: Intake): number {
  return intake.computeRoom(state.lent) - intake.candidates.ungated;
}

/** Decides how far the next scan looks; `known` are the workflows that are here already. */
export function planScope(
  state: ExecutorState,
  intake: Intake,
  caller: HelpCaller,
  known: number,
): Scope {
  const { size, gated } = intake.candidates;
  const readAhead = intake.readAhead + gated;
  const unclaimed = countUnclaimed(state) + intake.openings.size;
  // Who is helped reads no further than it must, and leaves the rest to helpers (P18).
  const enough = intake.computeRoom(state.lent) + readAhead + unclaimed;
  const replays = readAhead + known;
  const isEnough = computeWant(state, intake) <= 0 && !intake.isLow;
  // With enough at hand, only what has come back before those is looked for.
  const heads = isEnough
    ? gated + SCAN_FRESH_HEADS
    : Math.max(intake.readAhead + gated, size);
  let tasks = unclaimed + heads;
  if (caller.isCalling) tasks = enough;
  // Far enough to tell whether the queue holds too much.
  else if (caller.isMeasuring) tasks = replays + intake.readAhead;
  const help = caller.ask(intake.computeRoom() - size, tasks, enough);
  // Who waits at a gate is to be found again.
  const atHand = intake.candidates.listUngated().slice(0, tasks);
  return { tasks, replays, atHand, help };
}
