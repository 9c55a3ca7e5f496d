/**
 * What a generation that ends leaves behind, and its removal in bounded pages (P11).
 *
 * Owns the list of leftovers: every table that holds rows for unfinished work has an entry,
 * owned by its actor. May not end workflows.
 */
import { hasMailbox, removeEvents } from "./eventLeftovers.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import { hasUntoldChild, tellChildren } from "./endings.js";
import { cancelIsolatedWork, hasIsolatedWork } from "./isolation.js";
import { hasSignals, removeSignals } from "./queues.js";
import type { Ended, Leftover, Removal } from "./removal.js";
import { hasTimers, removeTimers } from "./timers.js";

/**
 * Every kind of leftover, in the order in which they are removed. Events come first: the
 * transaction that ends a workflow closes its mailbox. Then what executors look at.
 */
const LEFTOVERS: readonly Leftover[] = [
  { isThere: hasMailbox, remove: removeEvents, isOfWaits: false },
  { isThere: hasSignals, remove: removeSignals, isOfWaits: false },
  { isThere: hasUntoldChild, remove: tellChildren, isOfWaits: true },
  { isThere: hasIsolatedWork, remove: cancelIsolatedWork, isOfWaits: true },
  { isThere: hasTimers, remove: removeTimers, isOfWaits: true },
];

/**
 * Finds what a workflow that ends now will leave behind. With `isLocal` its holder says that
 * no step of it ever waited for anybody else or for a timer; timers of its own it may have.
 */
export async function findLeftovers(
  ctx: QueryCtx,
  workflow: Doc<"workflows">,
  { isLocal }: { isLocal: boolean },
): Promise<Leftover[]> {
  const { _id, generation, timeoutMs, ending } = workflow;
  const isPlain = isLocal && timeoutMs === undefined && !ending;
  const asked = LEFTOVERS.filter(({ isOfWaits }) => !isPlain || !isOfWaits);
  const of = { workflow: _id, generation };
  const found = await Promise.all(asked.map(async (one) => await one.isThere(ctx, of)));
  return asked.filter((_, index) => found[index]);
}

/** Removes leftovers, of all kinds or those that were found, until about `room` documents are written. */
export async function removeLeftovers(
  ctx: MutationCtx,
  of: Ended,
  room: number,
  kinds: readonly Leftover[] = LEFTOVERS,
): Promise<Removal> {
  let documents = 0;
  for (const { remove } of kinds) {
    const removed = await remove(ctx, of, Math.max(1, room - documents));
    documents += removed.documents;
    if (removed.hasMore) return { documents, hasMore: true };
  }
  return { documents, hasMore: false };
}
