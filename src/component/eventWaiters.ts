/**
 * Waiters: steps that wait for an event.
 *
 * Owns the rows of `eventWaiters`: one for each event that an open step waits for (E3). May
 * not touch steps, mailboxes or queues.
 */
import { EVENT_NAMES_MAX } from "../shared/constants.js";
import type { Doc, Id, MutationCtx, QueryCtx } from "./functions.js";

/** The generation whose steps wait. */
type Waiting = { workflow: Id<"workflows">; generation: number };

/** Adds the waiters of a step. */
export async function addWaiters(
  ctx: MutationCtx,
  { workflow, generation }: Waiting,
  number: number,
  { names, isRace }: { names: readonly string[]; isRace: boolean },
): Promise<void> {
  for (const name of names)
    await ctx.db.insert("eventWaiters", { workflow, generation, name, number, isRace });
}

/** Finds the first step that waits for an event of this name (E2). */
export async function findWaiter(
  ctx: QueryCtx,
  { workflow, generation }: Waiting,
  name: string,
): Promise<Doc<"eventWaiters"> | null> {
  return await ctx.db
    .query("eventWaiters")
    .withIndex("by_name", (q) =>
      q.eq("workflow", workflow).eq("generation", generation).eq("name", name),
    )
    .first();
}

/** Loads a step's waiters, at most EVENT_NAMES_MAX: one for each event that it waits for. */
export async function loadWaiters(
  ctx: QueryCtx,
  { workflow, generation }: Waiting,
  number: number,
): Promise<Doc<"eventWaiters">[]> {
  return await ctx.db
    .query("eventWaiters")
    .withIndex("by_step", (q) =>
      q.eq("workflow", workflow).eq("generation", generation).eq("number", number),
    )
    .take(EVENT_NAMES_MAX);
}

/** Ends a step's waits: it has settled. */
export async function removeWaiters(
  ctx: MutationCtx,
  of: Waiting,
  number: number,
): Promise<void> {
  for (const { _id } of await loadWaiters(ctx, of, number))
    await ctx.db.delete("eventWaiters", _id);
}

/**
 * Removes waiters of a generation that is over, or of all generations of a workflow that has
 * ended: up to `room` of them.
 */
export async function removeAllWaiters(
  ctx: MutationCtx,
  { workflow, generation }: { workflow: Id<"workflows">; generation?: number },
  room: number,
): Promise<{ documents: number; hasMore: boolean }> {
  const waiters = await ctx.db
    .query("eventWaiters")
    .withIndex("by_step", (q) => {
      const all = q.eq("workflow", workflow);
      return generation === undefined ? all : all.eq("generation", generation);
    })
    .take(room);
  for (const { _id } of waiters) await ctx.db.delete("eventWaiters", _id);
  return { documents: waiters.length, hasMore: waiters.length === room };
}
