/**
 * Claims that somebody else has ended: asking for them, letting go of their workflows, and
 * saying what was heard (V2).
 *
 * Owns when a commit is to ask. So a cancel reaches a long step within a heartbeat, though no
 * commit asks about the claims for which it records nothing.
 */
import type { Revoked } from "../../shared/commit.js";
import { HEARTBEAT_MS, REVOCATIONS_PAGE } from "../../shared/constants.js";
import type { HotWorkflow } from "./hot.js";
import type { HotSet } from "./hotSet.js";
import { real } from "./sandbox.js";

export class Revocations {
  #askedAt = -Infinity;
  /** Whether the last answer was full: then the next commit goes at once, and asks again. */
  #hasMore = false;
  /** Acted on, and to be said so. */
  #heard: string[] = [];

  constructor(private readonly hots: HotSet) {}

  /** When a commit has to go for their sake. Else heartbeats are often enough. */
  get dueAt(): number {
    return this.#hasMore ? 0 : Infinity;
  }

  /** What a commit is to say was heard; the same for each call of it. */
  get heard(): readonly string[] {
    return this.#heard;
  }

  /** Whether the commit that goes now is to ask: heartbeats do, and a busy executor twice as often. */
  board(): boolean {
    const now = real.now();
    // A clock that was set back must not put the next question off for as long.
    this.#askedAt = Math.min(this.#askedAt, now);
    if (!this.#hasMore && now < this.#askedAt + HEARTBEAT_MS / 2) return false;
    this.#askedAt = now;
    return true;
  }

  /** Takes in that a commit has said what was heard. */
  noteSaid(): void {
    this.#heard = [];
  }

  /** Lets go of the workflows whose claims are gone; null if the answer was not heard. */
  hear(revoked: readonly Revoked[] | null): void {
    this.#hasMore = revoked?.length === REVOCATIONS_PAGE;
    if (!revoked) this.#askedAt = -Infinity; // the next commit asks again
    if (!revoked || revoked.length === 0) return;
    const byClaim = new Map<string, HotWorkflow>();
    for (const hot of this.hots.list())
      if (hot.claim !== null) byClaim.set(hot.claim, hot);
    for (const { row, claim } of revoked) {
      const hot = byClaim.get(claim);
      if (hot) this.hots.drop(hot);
      this.#heard.push(row);
    }
  }
}
