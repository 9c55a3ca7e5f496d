/**
 * An executor's look at the watchdog (P8): the watchdog watches executors, and they it.
 *
 * Owns when it is asked about. A question that fails is asked again a period later: the
 * other executors ask too, and the watchdog has a guard of its own.
 */
import { WATCHDOG_MS } from "../../shared/constants.js";
import { real } from "./sandbox.js";
import type { ExecutorState } from "./state.js";

export class Watch {
  constructor(private readonly state: ExecutorState) {
    // Executors that start together need not ask together.
    state.watchAt = state.startedAt + WATCHDOG_MS * (1 + real.random());
  }

  /** Asks whether the watchdog is there, once in a period. */
  look(): void {
    const { state } = this;
    const now = real.now();
    if (state.mode === "gone") return;
    // A clock that was set back must not put the question off for as long.
    state.watchAt = Math.min(state.watchAt, now + 2 * WATCHDOG_MS);
    if (now >= state.watchAt) {
      state.watchAt = now + WATCHDOG_MS;
      void state.backend.ensureWatched().catch(() => undefined);
    }
    state.alarm.set(state.watchAt);
  }
}
