/**
 * The audit of seats, executors and their claims (I5, I8, I9).
 *
 * Owns the checks on `seats`, `heartbeats` and `claims`.
 */
import { LIMIT_SHARE_MAX } from "../shared/constants.js";
import { isFinished } from "../shared/model.js";
import type { Doc, QueryCtx } from "./functions.js";
import { resolveMembership } from "./incarnations.js";
import { reporter, type Violation } from "./violations.js";

/** I5: a claim belongs to a known incarnation and a living workflow. */
export async function checkClaim(
  ctx: QueryCtx,
  claim: Doc<"claims">,
): Promise<Violation[]> {
  const report = reporter(claim._id);
  const heartbeat = await ctx.db.get("heartbeats", claim.executor);
  if (!heartbeat || !(await isKnown(ctx, heartbeat))) {
    report("I5", `is held by executor ${claim.executor}, which no seat knows`);
  }
  const workflow = await ctx.db.get("workflows", claim.workflow);
  if (!workflow || isFinished(workflow.state)) {
    report("I2", `holds workflow ${claim.workflow}, which is finished or gone`);
  } else if (workflow.generation !== claim.generation) {
    report("I5", `holds generation ${claim.generation} of workflow ${claim.workflow}`);
  }
  return report.violations;
}

/** I8: one row per seat, one role per incarnation, and each on its own seat. */
export async function checkSeat(ctx: QueryCtx, row: Doc<"seats">): Promise<Violation[]> {
  const report = reporter(row._id);
  const sameSeat = await loadSeatRows(ctx, row.seat);
  if (sameSeat.length > 1) report("I8", `is one of several rows of seat ${row.seat}`);
  const all = [...row.draining, ...(row.current ? [row.current] : [])];
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

async function isKnown(ctx: QueryCtx, heartbeat: Doc<"heartbeats">): Promise<boolean> {
  const rows = await loadSeatRows(ctx, heartbeat.seat);
  return rows.some((row) => resolveMembership(row, heartbeat._id) !== "none");
}

/** Loads a seat's row, and a second one, which there may not be. */
async function loadSeatRows(ctx: QueryCtx, seat: number): Promise<Doc<"seats">[]> {
  return await ctx.db
    .query("seats")
    .withIndex("by_seat", (q) => q.eq("seat", seat))
    .take(2);
}
