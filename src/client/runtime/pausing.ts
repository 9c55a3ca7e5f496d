/**
 * What an executor does with paused definitions.
 *
 * Owns the two ways in which their workflows go: candidates are parked instead of opened,
 * and hot ones given back once what runs of them has ended. Given back, they stand in the
 * queue, where the next scan finds them as candidates, or wait for others, whose signal
 * brings them there. One that is on its way out goes, even
 * if its definition has been resumed meanwhile: its journal tells how to go on.
 */
import { giveBack } from "./givingBack.js";
import type { HotView } from "./hotViews.js";
import type { Candidate, Scan } from "./model.js";
import type { ExecutorState } from "./state.js";

/** Whether a candidate's definition is paused. */
export function isPaused({ paused }: ExecutorState, { definition }: Candidate): boolean {
  return paused.has(definition);
}

/** Takes in what a scan says of pauses, and parks what it has found of them. */
export async function holdPaused(
  state: ExecutorState,
  scan: Scan,
): Promise<{ held: Candidate[]; open: Candidate[] }> {
  state.paused = new Set(scan.paused);
  const all = [...scan.tasks, ...scan.replays];
  const held = all.filter((one) => isPaused(state, one));
  if (held.length > 0) await state.backend.parkPaused(held);
  return { held, open: all.filter((one) => !isPaused(state, one)) };
}

/** Gives hot workflows of paused definitions back, as soon as nothing of them runs. */
export class Leaving {
  readonly #leaving: HotView;

  constructor(private readonly state: ExecutorState) {
    this.#leaving = state.hots.view(({ isLeaving }) => isLeaving);
  }

  /** Gives back those that can go now. */
  giveBack(): void {
    const { state } = this;
    if (state.mode !== "serving") return;
    const all = state.paused.size > 0 ? state.hots.list() : [];
    for (const hot of all) if (state.paused.has(hot.identity.definition)) hot.leave();
    for (const hot of this.#leaving.list()) giveBack(state, hot);
  }
}
