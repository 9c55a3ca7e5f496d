/**
 * The trade: an executor says what waits at its gates, and learns what may pass (P15).
 *
 * Owns the rows of `gateDemands`, `gateGrants` and `gateAllocations`. Each executor trades
 * once a second at most at a gate, and only while something waits there or is to be given
 * back. One of them, the leader, allocates for all in its own trade.
 *
 * Invariants:
 * - T1 Counters only grow: a trade whose answer was lost is simply made again.
 * - T2 Executors never conflict: each writes its own demand, and sees its grants and the
 *   allocation in a snapshot. An allocation is confirmed by real reads of the allocation and
 *   of the grants, which only allocations write: of two leaders one wins.
 * - T3 Rows of an executor are inserted by its own trade, which its seat must know, and
 *   dropped when the seat forgets it: nothing is granted to one that is gone for good.
 */
import { v, type Infer } from "convex/values";
import {
  GATE_DROP_PAGE,
  GATE_REOPEN_MS,
  GATE_TAKEOVER_MS,
  GATES_PER_TRADE,
} from "../shared/constants.js";
import { vGateGroup, vGateLimits, vGateRun } from "../shared/gates.js";
import { speaksProtocol, vMembership, vSelf } from "../shared/model.js";
import { internal } from "./_generated/api.js";
import { allocate } from "./gateAllocating.js";
import { anchorClosing, declareGate, resolveForce } from "./gateSettings.js";
import { normalizeId, type Doc, type Id, type MutationCtx } from "./functions.js";
import { loadSeat, resolveMembership } from "./incarnations.js";

const vTrade = v.object({
  key: v.string(),
  declared: vGateLimits,
  /** When the workflow was created that declares these limits. */
  by: v.number(),
  /** Weight granted that the executor knows of, and weight given back; both ever. */
  seen: v.number(),
  released: v.number(),
  waiting: v.array(vGateGroup),
  count: v.number(),
});
export type Trade = Infer<typeof vTrade>;

export const vTradeArgs = v.object({ ...vSelf, trades: v.array(vTrade) });

const vTraded = v.object({
  key: v.string(),
  version: v.number(),
  paused: v.boolean(),
  closedUntil: v.number(),
  /** When the rate lets the next one pass, as far as is known. */
  nextAt: v.number(),
  /** Whether what passes is held until it is given back. */
  isHeld: v.boolean(),
  granted: v.number(),
  /** The last grants, among them all that the executor has not seen. */
  runs: v.array(vGateRun),
  grantVersion: v.number(),
});
export type Traded = Infer<typeof vTraded>;

/** `now` is the time of all times in the answer: clocks of executors may differ. */
export const vTradeAnswer = v.object({
  membership: vMembership,
  now: v.number(),
  trades: v.array(vTraded),
});

/** Trades at some gates, one after the other. */
export async function tradeAtGates(
  ctx: MutationCtx,
  args: Infer<typeof vTradeArgs>,
): Promise<Infer<typeof vTradeAnswer>> {
  const now = Date.now();
  const executor = normalizeId(ctx, "heartbeats", args.executor);
  const seat = await loadSeat(ctx, args.seat);
  const membership = speaksProtocol(args)
    ? resolveMembership(seat, args.executor)
    : "none";
  const trades: Traded[] = [];
  if (!executor || membership === "none") return { membership: "none", now, trades };
  const asked = args.trades.slice(0, GATES_PER_TRADE);
  const keys = asked.map(({ key }) => key);
  const views = await ctx.runQuery(
    internal.gateViews.standing,
    { keys, executor },
    { useStaleSnapshot: true },
  );
  for (const [index, trade] of asked.entries()) {
    trades.push(await tradeAt(ctx, executor, trade, views[index]!));
  }
  return { membership, now, trades };
}

type Standing = {
  allocation: Doc<"gateAllocations"> | null;
  grant: Doc<"gateGrants"> | null;
};

async function tradeAt(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
  trade: Trade,
  { allocation, grant: seen }: Standing,
): Promise<Traded> {
  const gate = await anchorClosing(ctx, await declareGate(ctx, trade));
  const isNew = await recordDemand(ctx, executor, trade);
  const mayPass = trade.waiting.length > 0 && !gate.paused;
  const isDue = mayPass && isAllocationDue(allocation, executor, Date.now());
  const dealt = isDue ? await allocate(ctx, gate, executor) : null;
  const grant = dealt?.grant ?? (isNew ? null : seen);
  const limits = resolveForce(gate);
  return {
    key: trade.key,
    version: gate.version,
    paused: gate.paused,
    closedUntil: gate.closedUntil,
    nextAt: dealt?.nextAt ?? allocation?.nextAt ?? 0,
    isHeld: limits.concurrency !== undefined,
    granted: grant?.granted ?? 0,
    runs: grant?.runs ?? [],
    grantVersion: grant?.version ?? gate.version,
  };
}

/** The leader allocates each time it trades; others if nobody leads, or it seems gone. */
function isAllocationDue(
  allocation: Doc<"gateAllocations"> | null,
  executor: Id<"heartbeats">,
  now: number,
): boolean {
  if (!allocation || allocation.leader === executor) return true;
  const ageMs = now - allocation.allocatedAt;
  // In the future: the backend's clock was set back.
  if (ageMs < 0) return true;
  return ageMs >= (allocation.leader === null ? GATE_REOPEN_MS : GATE_TAKEOVER_MS);
}

/** Writes what an executor asks for; answers whether it is the first time (T3). */
async function recordDemand(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
  { key, seen, released, waiting, count }: Trade,
): Promise<boolean> {
  const row = await ctx.db
    .query("gateDemands")
    .withIndex("by_key", (q) => q.eq("key", key).eq("executor", executor))
    .unique();
  const fields = { at: Date.now(), seen, released, waiting, count };
  if (row) {
    await ctx.db.patch("gateDemands", row._id, fields);
    return false;
  }
  await ctx.db.insert("gateDemands", { key, executor, ...fields });
  await ctx.db.insert("gateGrants", {
    key,
    executor,
    granted: 0,
    runs: [],
    version: 0,
  });
  return true;
}

/**
 * Drops what a forgotten executor held at gates: its calls have ended with it (T3). The rest
 * of very many gates is dropped in further transactions.
 */
export async function dropTrades(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
): Promise<void> {
  const demands = await ctx.db
    .query("gateDemands")
    .withIndex("by_executor", (q) => q.eq("executor", executor))
    .take(GATE_DROP_PAGE);
  const grants = await ctx.db
    .query("gateGrants")
    .withIndex("by_executor", (q) => q.eq("executor", executor))
    .take(GATE_DROP_PAGE);
  for (const { _id } of demands) await ctx.db.delete("gateDemands", _id);
  for (const { _id } of grants) await ctx.db.delete("gateGrants", _id);
  if (grants.length < GATE_DROP_PAGE) return;
  await ctx.scheduler.runAfter(0, internal.gateViews.drop, { executor });
}
