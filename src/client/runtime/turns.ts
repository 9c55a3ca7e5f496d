/**
 * The turns of an executor's handlers (P1).
 *
 * Owns that one settlement per workflow is delivered at a time, and that a journal which
 * cannot be is set aside while the other workflows go on.
 */
import { TURN_ROUNDS_MAX } from "../../shared/constants.js";
import type { HotWorkflow } from "./hot.js";
import type { HotView } from "./hotViews.js";
import { real } from "./sandbox.js";
import type { ExecutorState } from "./state.js";
import { drainMicrotasks } from "./turn.js";

export class Turns {
  readonly #due: HotView;
  readonly #diverged: HotView;

  constructor(private readonly state: ExecutorState) {
    this.#due = state.hots.view(({ hasTurn }) => hasTurn);
    this.#diverged = state.hots.view(
      ({ divergence, isDead, isEnding }) => divergence !== null && !isDead && !isEnding,
    );
  }

  /** Runs the turns that are due, and parks what the code cannot run. */
  async run(): Promise<void> {
    const { registry, signal } = this.state;
    for (let round = 0; round < TURN_ROUNDS_MAX; round += 1) {
      const due = this.#due.list();
      for (const hot of due) guardTurn(hot, () => hot.startTurn());
      if (due.length > 0) await drainMicrotasks(real);
      for (const hot of due) if (!hot.isDead) guardTurn(hot, () => hot.endTurn());
      for (const hot of this.#diverged.list()) hot.park(registry.fingerprint);
      if (due.length === 0) return;
    }
    signal.notify(); // a long replay: let the others have a look in between
  }
}

function guardTurn(hot: HotWorkflow, run: () => void): void {
  try {
    run();
  } catch (error) {
    const message = `a turn could not be run: ${error instanceof Error ? error.message : String(error)}`;
    hot.diverge({ code: "NONDETERMINISM", message });
  }
}
