/**
 * What removing leftovers is told, and what it answers.
 *
 * Owns types alone, so that each actor can own the removal of its own rows.
 */
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
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

/** What a generation may leave behind of one kind. */
export type Leftover = {
  /** Whether there is any: one small read, as every end asks. */
  isThere: (ctx: QueryCtx, of: Generation) => Promise<boolean>;
  /**
   * Removes it, about `room` documents at most (at least one thing, so that every page gets
   * on), reading points and ranges of this generation alone.
   */
  remove: (ctx: MutationCtx, of: Ended, room: number) => Promise<Removal>;
  /** Whether only steps leave it that wait for somebody else, or for a timer. */
  isOfWaits: boolean;
};
