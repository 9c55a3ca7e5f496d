/**
 * The audit of who sits where: seats, incarnations, the watchdog.
 *
 * Owns the checks behind I8 to I10, F4, V1 and V2; part of `audit.ts`.
 */
import { LIMIT_SHARE_MAX } from "../shared/constants.js";
import { loadConfig } from "./config.js";
import type { Doc, QueryCtx } from "./functions.js";
import { listIncarnations } from "./incarnations.js";
import { reporter, type Violation } from "./violations.js";
import { hasPendingRun } from "./watchdog.js";

/** I8, I10: one row per seat, one role per incarnation, each on its own seat, and watched. */
export async function checkSeat(ctx: QueryCtx, row: Doc<"seats">): Promise<Violation[]> {
  const report = reporter(row._id);
  const sameSeat = await loadSeatRows(ctx, row.seat);
  if (sameSeat.length > 1) report("I8", `is one of several rows of seat ${row.seat}`);
  if (row.current?.death) report("I8", "has a current executor that was found dead");
  if (row.current && !(await hasPendingRun(ctx)))
    report("I10", "has an executor, but no run of the watchdog is scheduled");
  const all = listIncarnations(row);
  const executors = new Set(all.map(({ executor }) => executor));
  if (executors.size < all.length) report("I8", "has an executor in two roles");
  for (const executor of executors) {
    const heartbeat = await ctx.db.get("heartbeats", executor);
    if (heartbeat?.seat !== row.seat)
      report("I8", `has executor ${executor}, which is gone or sits elsewhere`);
  }
  return report.violations;
}

/** I8, I9: a seat knows it, and none of its commits used more than half of any limit. */
export async function checkHeartbeat(
  ctx: QueryCtx,
  heartbeat: Doc<"heartbeats">,
): Promise<Violation[]> {
  const report = reporter(heartbeat._id);
  if (!(await isKnown(ctx, heartbeat)))
    report("I8", `is an executor that seat ${heartbeat.seat} does not know`);
  if (heartbeat.limitShare > LIMIT_SHARE_MAX) {
    report("I9", `made a commit that used ${heartbeat.limitShare} of a platform limit`);
  }
  return report.violations;
}

/** V1, V2: what is revoked is gone, and there is somebody to hear of it. */
export async function checkRevocation(
  ctx: QueryCtx,
  revocation: Doc<"revocations">,
): Promise<Violation[]> {
  const report = reporter(revocation._id);
  const { claim, executor } = revocation;
  if (await ctx.db.get("claims", claim))
    report("V1", `revokes claim ${claim}, which still stands`);
  if (!(await ctx.db.get("heartbeats", executor)))
    report("V2", `is for executor ${executor}, which is gone`);
  return report.violations;
}

/** F4: a call is the only one of its seat, is of the present layout, and names its shards. */
export async function checkCall(
  ctx: QueryCtx,
  call: Doc<"helpCalls">,
): Promise<Violation[]> {
  const report = reporter(call._id);
  const [seat] = await loadSeatRows(ctx, call.seat);
  const config = await loadConfig(ctx);
  const calls = await ctx.db
    .query("helpCalls")
    .withIndex("by_seat", (q) => q.eq("seat", call.seat))
    .take(2);
  if (calls.length > 1) report("F4", `is one of several calls of seat ${call.seat}`);
  if (!seat || !config || call.seat >= config.seats)
    report("F4", `calls for help on seat ${call.seat}, which there is not`);
  for (const { shard } of call.behind)
    if (seat && !seat.shards.includes(shard))
      report("F4", `calls for help with shard ${shard}, which its seat does not serve`);
  return report.violations;
}

export async function isKnown(
  ctx: QueryCtx,
  heartbeat: Doc<"heartbeats">,
): Promise<boolean> {
  const rows = await loadSeatRows(ctx, heartbeat.seat);
  return rows.some((row) =>
    listIncarnations(row).some(({ executor }) => executor === heartbeat._id),
  );
}

/** Loads a seat's row, and a second one, which there may not be. */
async function loadSeatRows(ctx: QueryCtx, seat: number): Promise<Doc<"seats">[]> {
  return await ctx.db
    .query("seats")
    .withIndex("by_seat", (q) => q.eq("seat", seat))
    .take(2);
}
