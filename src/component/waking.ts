/**
 * When an idle seat wakes by itself (P6).
 *
 * Owns `seats.wakeAt` and `seats.wakeJob`: the one scheduled job that starts a seat's
 * executor at its earliest timer. May not touch timers or executors.
 *
 * Invariants:
 * - K1 An idle seat whose shards have timers has a job at the earliest of them, or before.
 * - K2 A seat has at most one such job, and none while an executor is there or an operator
 *   has stopped it: executors ask the agenda themselves when they begin.
 */
import { internal } from "./_generated/api.js";
import type { Doc, MutationCtx } from "./functions.js";
import { checkScheduled } from "./incarnations.js";

/** Sees to it that an idle seat's executor starts at `at`, or earlier if it would anyway. */
export async function wakeSeatAt(
  ctx: MutationCtx,
  row: Doc<"seats">,
  at: number,
): Promise<void> {
  if (row.state !== "idle" || (row.wakeAt !== undefined && row.wakeAt <= at)) return;
  if (row.wakeJob) await ctx.scheduler.cancel(row.wakeJob);
  const wakeJob = await ctx.scheduler.runAt(at, internal.timers.wake, { seat: row.seat });
  await checkScheduled(ctx, wakeJob);
  await ctx.db.patch("seats", row._id, { wakeAt: at, wakeJob });
}

/** Forgets a seat's wake: somebody is there, or nobody may be. */
export async function cancelWake(ctx: MutationCtx, row: Doc<"seats">): Promise<void> {
  if (row.wakeJob === undefined) return;
  await ctx.scheduler.cancel(row.wakeJob);
  await ctx.db.patch("seats", row._id, { wakeAt: undefined, wakeJob: undefined });
}
