/**
 * The agenda of due work (P6).
 *
 * Owns the `timers` rows: their insertion, their removal, and that somebody is awake when
 * one is due. What a timer does is in `timerKinds.ts`; who fires it, in `agenda.ts`.
 *
 * A row belongs to one generation of a workflow and lives on its shard. Inserts are blind:
 * they read the seat, which is rarely written, and no range.
 */
import { v } from "convex/values";
import { TIMERS_PAGE } from "../shared/constants.js";
import { isServedSeat } from "../shared/layout.js";
import type { TimerKind } from "../shared/model.js";
import { internalMutation } from "./_generated/server.js";
import { loadConfig } from "./config.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import { loadSeat } from "./incarnations.js";
import type { Generation } from "./journal.js";
import type { Ended, Removal } from "./removal.js";
import { ensureSeat, wakeShards } from "./seats.js";

/** What firing a timer has done: the documents written, and whether it has to come again. */
export type Fired = { documents: number; again?: boolean };

/** Kinds whose timers are set when a workflow ends, and so are no leftovers of its end. */
const TIMER_KINDS_AFTER_END: readonly TimerKind[] = ["finish", "expire"];

/**
 * Adds a timer, and makes sure that an executor will be awake by then: the one that is
 * there, or else the one that the seat's wake starts.
 */
export async function scheduleTimer(
  ctx: MutationCtx,
  { shard, workflow, generation }: Generation & { shard: number },
  kind: TimerKind,
  dueAt: number,
  number?: number,
): Promise<void> {
  await ctx.db.insert("timers", {
    shard,
    dueAt,
    kind,
    workflow,
    generation,
    ...(number === undefined ? {} : { number }),
  });
  await wakeShards(ctx, [shard], dueAt);
}

/** Removes the timers of one step, which no longer waits for them. */
export async function dropTimers(
  ctx: MutationCtx,
  of: Generation,
  number: number,
): Promise<void> {
  const timers = await ctx.db
    .query("timers")
    .withIndex("by_workflow", (q) =>
      q.eq("workflow", of.workflow).eq("generation", of.generation).eq("number", number),
    )
    .take(TIMERS_PAGE);
  for (const { _id } of timers) await ctx.db.delete("timers", _id);
}

/** Whether a generation that ends now leaves timers. */
export async function hasTimers(ctx: QueryCtx, of: Generation): Promise<boolean> {
  return (await loadLeft(ctx, { ...of, isOver: true }, 1)).length > 0;
}

/**
 * Removes the timers of a generation that has ended: a leftover of its end. One that is
 * being ended loses those of its steps alone.
 */
export async function removeTimers(
  ctx: MutationCtx,
  of: Ended,
  room: number,
): Promise<Removal> {
  const left = await loadLeft(ctx, of, room + 1);
  const page = left.slice(0, room);
  for (const { _id } of page) await ctx.db.delete("timers", _id);
  return { documents: page.length, hasMore: left.length > room };
}

/** Loads timers that an end leaves behind, at least `limit` of them if there are so many. */
async function loadLeft(
  ctx: QueryCtx,
  of: Generation & Pick<Ended, "isOver">,
  limit: number,
): Promise<Doc<"timers">[]> {
  const timers = await ctx.db
    .query("timers")
    .withIndex("by_workflow", (q) => {
      const all = q.eq("workflow", of.workflow).eq("generation", of.generation);
      return of.isOver ? all : all.gte("number", 0);
    })
    .take(limit + TIMER_KINDS_AFTER_END.length);
  return timers.filter(({ kind }) => !outlivesEnd(kind));
}

/** Says whether a generation has a timer of a kind that belongs to no step. */
export async function hasTimer(
  ctx: QueryCtx,
  { workflow, generation }: Generation,
  kind: TimerKind,
): Promise<boolean> {
  const timers = await ctx.db
    .query("timers")
    .withIndex("by_workflow", (q) =>
      q.eq("workflow", workflow).eq("generation", generation).eq("number", undefined),
    )
    .take(TIMERS_PAGE);
  return timers.some((timer) => timer.kind === kind);
}

/** Says whether a timer of this kind belongs to a workflow that has ended (I2). */
export function outlivesEnd(kind: TimerKind): boolean {
  return TIMER_KINDS_AFTER_END.includes(kind);
}

/** Loads the first timers of a shard, the earliest first. */
export async function loadTimers(
  ctx: QueryCtx,
  shard: number,
  limit: number,
): Promise<Doc<"timers">[]> {
  return await ctx.db
    .query("timers")
    .withIndex("by_shard", (q) => q.eq("shard", shard))
    .take(limit);
}

/** Starts the executor of a seat that sleeps until its earliest timer. */
export const wake = internalMutation({
  args: { seat: v.number() },
  returns: v.null(),
  handler: async (ctx, { seat }) => {
    const row = await loadSeat(ctx, seat);
    if (row?.state === "idle") await wakeSeat(ctx, row);
    return null;
  },
});

/** Starts the executor of an idle seat whose time has come, or is long past. */
export async function wakeSeat(ctx: MutationCtx, row: Doc<"seats">): Promise<void> {
  // The job has run or is lost: nobody needs to cancel it, and a job may not cancel itself.
  await ctx.db.patch("seats", row._id, { wakeAt: undefined, wakeJob: undefined });
  const config = await loadConfig(ctx);
  if (config && isServedSeat(config, row.seat)) await ensureSeat(ctx, config, row.seat);
}
