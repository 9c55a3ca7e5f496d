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
import { WITHDRAWN_MAX } from "../shared/constants.js";
import { seatOfShard } from "../shared/layout.js";
import type { TimerKind } from "../shared/model.js";
import { internalMutation } from "./_generated/server.js";
import { loadConfig, requireConfig } from "./config.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import { loadSeat } from "./incarnations.js";
import type { Generation } from "./journal.js";
import { ensureSeat, wakeShards } from "./seats.js";
import { wakeSeatAt } from "./waking.js";

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
  const row = await loadSeat(ctx, seatOfShard(await requireConfig(ctx), shard));
  const canWait = row?.state === "idle" && dueAt > Date.now();
  if (canWait) await wakeSeatAt(ctx, row, dueAt);
  else await wakeShards(ctx, [shard]);
}

/**
 * Removes timers of a generation, all or those of one step, as many as one transaction
 * should; says whether some are left.
 */
export async function dropTimers(
  ctx: MutationCtx,
  { workflow, generation }: Generation,
  number?: number,
): Promise<boolean> {
  const timers = await ctx.db
    .query("timers")
    .withIndex("by_workflow", (q) => {
      const all = q.eq("workflow", workflow).eq("generation", generation);
      return number === undefined ? all : all.eq("number", number);
    })
    .take(WITHDRAWN_MAX);
  for (const { _id } of timers) await ctx.db.delete("timers", _id);
  return timers.length === WITHDRAWN_MAX;
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
    const [config, row] = await Promise.all([loadConfig(ctx), loadSeat(ctx, seat)]);
    if (!config || row?.state !== "idle") return null;
    // It has run: nobody needs to cancel it, and a job may not cancel itself.
    await ctx.db.patch("seats", row._id, { wakeAt: undefined, wakeJob: undefined });
    if (seat < config.seats) await ensureSeat(ctx, config, seat);
    return null;
  },
});
