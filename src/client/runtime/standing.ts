/**
 * How a hot workflow stands with its executor.
 *
 * Owns what others than its handler decide about it, and that it is looked at again once
 * anything about it has changed (H4).
 */
import type { ErrorCode } from "../../shared/errors.js";

/** Why some code cannot run a workflow. */
type Divergence = { code: ErrorCode; message: string };

export class Standing {
  /** The claim behind it; null until the commit that takes it is acknowledged. */
  claim: string | null = null;
  /** When the executor learned that its claim is durable. */
  claimedAt: number | null = null;
  /** Set when the claim is gone: nothing of it may be recorded any more. */
  isDead = false;
  /** What it has given up that could not be recorded: its progress, then even its failure. */
  givenUp: "nothing" | "progress" | "failure" = "nothing";
  /** Learns that it is to be looked at again. */
  onStir = (): void => {};
  #isLeaving = false;
  #divergence: Divergence | null = null;

  /** Tells that something about it has changed. */
  stir(): void {
    this.onStir();
  }

  /** Steps that begin while the executor leaves are recorded, not started. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Begins to leave; it stays so. */
  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.stir();
  }

  /** Why this code cannot run it; the loop parks it (P12). */
  get divergence(): Divergence | null {
    return this.#divergence;
  }

  /** Notes that this code cannot run it; the first reason counts. */
  diverge(divergence: Divergence): void {
    this.#divergence ??= divergence;
    this.stir();
  }
}
