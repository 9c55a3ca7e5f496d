/**
 * What a generation that ends leaves behind, and its removal in bounded pages (P11).
 *
 * Owns the list of leftovers: every table that holds rows for unfinished work has an entry,
 * owned by its actor. May not end workflows.
 */
import { removeEvents } from "./eventLeftovers.js";
import type { MutationCtx } from "./functions.js";
import { tellChildren } from "./endings.js";
import { cancelIsolatedWork } from "./isolation.js";
import { removeSignals } from "./queues.js";
import type { Ended, Leftover, Removal } from "./removal.js";
import { removeTimers } from "./timers.js";

/**
 * Every kind of leftover, in the order in which they are removed. Events come first: the
 * transaction that ends a workflow closes its mailbox. Then what executors look at.
 */
const LEFTOVERS: readonly Leftover[] = [
  removeEvents,
  removeSignals,
  tellChildren,
  cancelIsolatedWork,
  removeTimers,
];

/** Removes leftovers of all kinds until about `room` documents are written. */
export async function removeLeftovers(
  ctx: MutationCtx,
  of: Ended,
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
