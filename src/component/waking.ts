/**
 * When an idle seat wakes by itself (P6).
 *
 * Owns `seats.wakeAt` and `seats.wakeJob`: the one scheduled job that starts a seat's
 * executor. May not touch executors.
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
  const wakeJob = await ctx.scheduler.runAt(at, internal.watching.wake, {
    seat: row.seat,
  });
  await checkScheduled(ctx, wakeJob);
  await ctx.db.patch("seats", row._id, { wakeAt: at, wakeJob });
}

/** Forgets a seat's wake: somebody is there, or nobody may be. */
export async function cancelWake(ctx: MutationCtx, row: Doc<"seats">): Promise<void> {
  if (row.wakeJob === undefined) return;
  await ctx.scheduler.cancel(row.wakeJob);
  await ctx.db.patch("seats", row._id, { wakeAt: undefined, wakeJob: undefined });
}
