/**
 * What removing leftovers is told, and what it answers.
 *
 * Owns types alone, so that each actor can own the removal of its own rows.
 */
import type { Doc, MutationCtx } from "./functions.js";
import type { Generation } from "./journal.js";

/** A generation that has ended, or is being ended. */
export type Ended = Generation & {
  /** Whether it has ended; else its handler may still clean up, and have new rows. */
  isOver: boolean;
  /** What its open steps fail with, and when. */
  error: NonNullable<Doc<"workflows">["error"]>;
  at: number;
};

/** Documents written, and whether more is left than there was room for. */
export type Removal = { documents: number; hasMore: boolean };

/**
 * Removes what a generation has left behind of one kind, about `room` documents at most (at
 * least one thing, so that every page gets on), reading points and ranges of this
 * generation alone. Finding nothing must cost one small read: every end asks.
 */
export type Leftover = (ctx: MutationCtx, of: Ended, room: number) => Promise<Removal>;
