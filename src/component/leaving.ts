/**
 * How incarnations leave: retiring without work, leaving after a drain, or found dead.
 *
 * Owns the proofs. The only place where a mutation reads ranges of the queues (P3, P6): a
 * start that commits meanwhile conflicts with the proof, so no work is left unseen.
 */
import { v, type Infer } from "convex/values";
import { RECOVERY_PAGE } from "../shared/constants.js";
import { speaksProtocol, vSelf, type Membership } from "../shared/model.js";
import { requireConfig } from "./config.js";
import { buryDead } from "./deaths.js";
import { normalizeId, type Doc, type Id, type MutationCtx } from "./functions.js";
import { dropCall } from "./helpCalls.js";
import {
  holdsClaims,
  loadPredecessors,
  loadSeat,
  resolveMembership,
  type Incarnation,
} from "./incarnations.js";
import { recoverClaim } from "./quarantine.js";
import { findEarliest } from "./earliest.js";
import { removeIncarnation, wakeOnce } from "./seats.js";
import { wakeSeatAt } from "./waking.js";

export const vLeaveArgs = v.object(vSelf);

/**
 * Lets a current executor go if its seat has no work at all and nothing is due; the next
 * start finds the seat idle and starts another, and so does its earliest timer (K1).
 * Answers whether it may go.
 */
export async function retire(
  ctx: MutationCtx,
  args: Infer<typeof vLeaveArgs>,
): Promise<boolean> {
  const member = await loadMember(ctx, args);
  if (member?.membership !== "current") return true;
  const { executor, seat } = member;
  // A predecessor may still give work back; somebody must be there to take it.
  if ((await loadPredecessors(ctx, await requireConfig(ctx), seat)).length > 0)
    return false;
  if (await holdsClaims(ctx, executor)) return false;
  for (const shard of seat.shards) {
    if (await hasWork(ctx, shard)) return false;
  }
  const dueAt = await findEarliest(ctx, seat.shards);
  if (dueAt !== null && dueAt <= Date.now()) return false;
  await removeIncarnation(ctx, seat, executor);
  await dropCall(ctx, seat.seat);
  const idle = await ctx.db.get("seats", seat._id);
  if (idle && dueAt !== null) await wakeSeatAt(ctx, idle, dueAt);
  return true;
}

/** Loads who asks to go; null may go at once, since nobody knows it here. */
async function loadMember(
  ctx: MutationCtx,
  args: Infer<typeof vLeaveArgs>,
): Promise<{
  executor: Id<"heartbeats">;
  seat: Doc<"seats">;
  membership: Membership;
} | null> {
  // Other code than ours may go at any time: the watchdog finds its seat empty (P12).
  if (!speaksProtocol(args)) return null;
  const executor = normalizeId(ctx, "heartbeats", args.executor);
  const seat = await loadSeat(ctx, args.seat);
  const membership = resolveMembership(seat, args.executor);
  if (!executor || !seat || membership === "none") return null;
  return { executor, seat, membership };
}

/** Lets a draining executor go once it holds nothing. Answers whether it may go. */
export async function leave(
  ctx: MutationCtx,
  args: Infer<typeof vLeaveArgs>,
): Promise<boolean> {
  const member = await loadMember(ctx, args);
  if (!member) return true;
  const { executor, seat } = member;
  if (await holdsClaims(ctx, executor)) return false;
  await removeIncarnation(ctx, seat, executor);
  return true;
}

export const vRecoverArgs = v.object({
  /** The current executor, which asks. */
  ...vSelf,
  /** The predecessor that is dead. */
  dead: v.string(),
});

/**
 * Gives a page of a dead incarnation's claims back to the queue, and forgets it after the
 * last. Recovery re-queues and never runs anything itself. Answers whether more is left.
 */
export async function recover(
  ctx: MutationCtx,
  args: Infer<typeof vRecoverArgs>,
): Promise<boolean> {
  const seat = await loadSeat(ctx, args.seat);
  if (!speaksProtocol(args) || resolveMembership(seat, args.executor) !== "current")
    return false;
  if (!seat) return false;
  const predecessors = await loadPredecessors(ctx, await requireConfig(ctx), seat);
  const found = predecessors.find(
    ({ incarnation }) => incarnation.executor === args.dead,
  );
  if (!found) return false;
  const row = await buryDead(ctx, found.row);
  const dead = row.draining.find(({ executor }) => executor === args.dead);
  return dead?.death ? await giveBackPage(ctx, row, dead) : false;
}

/** Gives back a page of what the dead of a seat still hold; answers whether there was any. */
export async function giveBackOfDead(
  ctx: MutationCtx,
  row: Doc<"seats">,
): Promise<boolean> {
  const dead = row.draining.find(({ death }) => death);
  if (!dead) return false;
  await giveBackPage(ctx, row, dead);
  return true;
}

async function giveBackPage(
  ctx: MutationCtx,
  row: Doc<"seats">,
  { executor, death }: Incarnation,
): Promise<boolean> {
  const claims = await ctx.db
    .query("claims")
    .withIndex("by_executor", (q) => q.eq("executor", executor))
    .take(RECOVERY_PAGE);
  await wakeOnce(ctx, null, async (inside) => {
    for (const claim of claims)
      await recoverClaim(inside, claim, { death, isAlone: claims.length === 1 });
  });
  const isEmpty = claims.length < RECOVERY_PAGE;
  // Giving back may have started an executor on this very seat.
  const now = (await ctx.db.get("seats", row._id)) ?? row;
  if (isEmpty) await removeIncarnation(ctx, now, executor);
  return !isEmpty;
}

async function hasWork(ctx: MutationCtx, shard: number): Promise<boolean> {
  for (const table of ["taskQueue", "replayQueue"] as const) {
    const row = await ctx.db
      .query(table)
      .withIndex("by_shard", (q) => q.eq("shard", shard))
      .first();
    if (row) return true;
  }
  return false;
}
