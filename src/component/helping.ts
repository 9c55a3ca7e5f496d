/**
 * Help (P18): idle executors take new workflows of those that are behind.
 *
 * Owns the coming and going of calls, the waking of helpers, and where a workflow stands
 * that a helper has taken. Help moves a workflow: the commit that claims it makes one of the
 * helper's own shards its shard, so that afterwards nothing about it is out of the ordinary.
 *
 * Invariants:
 * - F1 A workflow's rows in the queues and its claim stand on its shard: it is moved by the
 *   transaction that takes its task and claims it, before it has signals. Whoever signals it
 *   reads its row; timers that were set before stay where they are, and their handlers do.
 * - F2 Only a workflow that has never begun is moved, by a current executor, never into or
 *   out of quarantine.
 * - F3 Who is in quarantine, or on a seat whose executors die, neither calls nor helps.
 * - F4 A seat has at most one call. A seat that retires in order has none, and a new layout
 *   begins with none; after a crash it stands until the successor is not behind.
 */
import { v, type Infer } from "convex/values";
import {
  HELP_SHARDS_MAX,
  QUARANTINE_SEAT,
  QUARANTINE_SHARD,
  SCAN_CANDIDATES_MAX,
} from "../shared/constants.js";
import { dealOwnShard } from "../shared/help.js";
import { speaksProtocol, vSelf } from "../shared/model.js";
import { requireConfig } from "./config.js";
import type { Doc, MutationCtx } from "./functions.js";
import { canHelp, dropCall, listIdleSeats, loadCall } from "./helpCalls.js";
import { loadSeat, resolveMembership } from "./incarnations.js";
import { ensureSeat } from "./seats.js";

/** A shard that is behind, and how many of its tasks the owner takes next. */
const vBehind = v.object({ shard: v.number(), skip: v.number() });

export const vCallArgs = v.object({
  ...vSelf,
  /** Where its candidates stand, most of them first; empty to take the call back. */
  behind: v.array(vBehind),
});

/**
 * Calls for help in the name of a seat, or takes the call back. A call wakes some of those
 * who are idle. Doing it twice changes nothing, but for further seats woken.
 */
export async function callHelp(
  ctx: MutationCtx,
  args: Infer<typeof vCallArgs>,
): Promise<void> {
  const seat = await loadSeat(ctx, args.seat);
  const membership = speaksProtocol(args)
    ? resolveMembership(seat, args.executor)
    : "none";
  // Its successor knows better.
  if (!seat || membership !== "current") return;
  const behind = args.behind
    .filter(({ shard }) => seat.shards.includes(shard))
    .slice(0, HELP_SHARDS_MAX)
    .map(({ shard, skip }) => ({ shard, skip: Math.min(skip, SCAN_CANDIDATES_MAX) }));
  if (behind.length === 0 || !canHelp(seat)) return await dropCall(ctx, seat.seat);
  const call = await loadCall(ctx, seat.seat);
  if (call) await ctx.db.patch("helpCalls", call._id, { behind });
  else await ctx.db.insert("helpCalls", { seat: seat.seat, behind });
  const config = await requireConfig(ctx);
  for (const idle of await listIdleSeats(ctx, config))
    await ensureSeat(ctx, config, idle);
}

/**
 * Says on which shard a task stands once this seat's executor has taken it; null if it may
 * not take it (F2).
 */
export function resolveShard(
  seat: Doc<"seats">,
  { shard, workflow }: Pick<Doc<"taskQueue">, "shard" | "workflow">,
): number | null {
  if (seat.shards.includes(shard)) return shard;
  const isQuarantine = seat.seat === QUARANTINE_SEAT || shard === QUARANTINE_SHARD;
  if (isQuarantine || seat.shards.length === 0) return null;
  return dealOwnShard(seat.shards, workflow);
}
