/**
 * What an ended generation leaves behind, and its removal in bounded pages (P11).
 *
 * Owns the list of leftovers; each table that holds rows for unfinished work has an entry
 * there. May not end workflows: whoever owns an entry writes rows that make others act.
 */
import { removeEvents } from "./eventLeftovers.js";
import type { MutationCtx } from "./functions.js";
import { cancelIsolatedWork } from "./isolation.js";
import type { Generation } from "./journal.js";
import { dropSignals } from "./queues.js";
import { removeTimers } from "./timers.js";

/** What a removal did: documents written, and whether more is left than there was room for. */
export type Removal = { documents: number; hasMore: boolean };

/**
 * Removes what a generation left behind of one kind, about `room` documents at most (at
 * least one thing, so that every page gets on), reading points and ranges of this
 * generation alone. Finding nothing must cost one small read: every end asks.
 */
type Leftover = (ctx: MutationCtx, of: Generation, room: number) => Promise<Removal>;

/**
 * Every kind of leftover, in the order in which they are removed. Events come first: the
 * transaction that ends a workflow closes its mailbox.
 */
const LEFTOVERS: readonly Leftover[] = [
  removeEvents,
  dropSignals,
  removeTimers,
  cancelIsolatedWork,
];

/** Removes leftovers of all kinds until about `room` documents are written. */
export async function removeLeftovers(
  ctx: MutationCtx,
  of: Generation,
  room: number,
): Promise<Removal> {
  let documents = 0;
  for (const remove of LEFTOVERS) {
    const removed = await remove(ctx, of, Math.max(1, room - documents));
    documents += removed.documents;
    if (removed.hasMore) return { documents, hasMore: true };
  }
  return { documents, hasMore: false };
}
