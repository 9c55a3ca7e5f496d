/**
 * Claims that somebody else has ended: what commits have told of them, and what the next one
 * says was heard (V2).
 *
 * Owns both lists. So a cancel reaches a long step within a heartbeat, though no commit asks
 * about the claims for which it records nothing.
 */
import type { CommitAnswer, Revoked } from "../../shared/commit.js";
import type { HotSet } from "./hotSet.js";
import type { HotWorkflow } from "./hot.js";

const CLAIM_GONE =
  "The claim on this workflow is gone: it was canceled, or another executor has it.";

export class Revocations {
  /** Told of and not acted on yet. */
  #told: Revoked[] = [];
  /** Acted on, and to be said so. */
  #heard: string[] = [];

  constructor(private readonly hots: HotSet) {}

  /** What the next commit says was heard. */
  listHeard(): string[] {
    return this.#heard;
  }

  /** Takes in what a commit has told. What it said was heard is gone. */
  take({ kind, revoked = [] }: CommitAnswer): void {
    const rows = new Set(revoked.map(({ row }) => row));
    if (kind === "applied") this.#heard = this.#heard.filter((row) => rows.has(row));
    this.#told.push(...revoked);
  }

  /** Lets go of the workflows whose claims are gone, once the commit's verdicts are applied. */
  dropRevoked(): void {
    if (this.#told.length === 0) return;
    const byClaim = new Map<string, HotWorkflow>();
    for (const hot of this.hots.list())
      if (hot.claim !== null) byClaim.set(hot.claim, hot);
    for (const { row, claim } of this.#told) {
      const hot = byClaim.get(claim);
      if (hot) this.hots.drop(hot, CLAIM_GONE);
      if (!this.#heard.includes(row)) this.#heard.push(row);
    }
    this.#told = [];
  }
}
