/**
 * Workflows whose claims a commit asks about though it has nothing to record for them: so a
 * cancel reaches a long step within a heartbeat, however busy the others are.
 *
 * Owns whose turn it is.
 */
import { HEARTBEAT_CHECKS_MAX, HEARTBEAT_MS } from "../../shared/constants.js";
import type { HotWorkflow } from "./hot.js";

export class ClaimChecks {
  /** When all claims were last asked about, and how far the present round has come. */
  #checkedAt: number;
  #checkedTo = 0;

  constructor(startedAt: number) {
    this.#checkedAt = startedAt;
  }

  /** Lists those to ask about now, beside those that the commit carries anyway. */
  list(now: number, hots: HotWorkflow[], carried: HotWorkflow[]): HotWorkflow[] {
    if (now < this.#checkedAt + HEARTBEAT_MS) return [];
    const others = new Set(hots.filter((hot) => hot.claim !== null && !hot.isDead));
    for (const hot of carried) others.delete(hot);
    const from = this.#checkedTo < others.size ? this.#checkedTo : 0;
    this.#checkedTo = from + HEARTBEAT_CHECKS_MAX;
    // With more hot workflows than one commit can ask about, the next commit goes on.
    if (this.#checkedTo >= others.size) this.#checkedAt = now;
    return [...others].slice(from, this.#checkedTo);
  }
}
