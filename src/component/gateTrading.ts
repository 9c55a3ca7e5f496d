/**
 * The trade: an executor says what waits at its gates, and learns what may pass (P15).
 *
 * Owns what a trade does and when an allocation is due. Each executor trades once a second at
 * most at a gate, or with a commit that goes anyway, and only while something waits there or
 * is to be given back. One of them, the leader, allocates for all in its own trade; the trades
 * of the others ride with their commits, where they only say and hear.
 *
 * Invariants:
 * - T1 Counters only grow: a trade whose answer was lost is simply made again.
 * - T2 Executors never conflict: each writes its own demand, and sees its grants and the
 *   allocation in a snapshot. An allocation is confirmed by real reads of the allocation and
 *   of the grants, which only allocations write: of two leaders one wins.
 */
import {
  GATE_REOPEN_MS,
  GATE_TAKEOVER_MS,
  GATES_PER_TRADE,
} from "../shared/constants.js";
import { speaksProtocol } from "../shared/model.js";
import { internal } from "./_generated/api.js";
import { allocate } from "./gateAllocating.js";
import { recordDemand } from "./gateDemands.js";
import {
  anchorClosing,
  declareGate,
  declaresAnew,
  isAhead,
  resolveForce,
} from "./gateSettings.js";
import type { Standing } from "./gateStandings.js";
import type {
  NamedGate,
  Trade,
  TradeAnswer,
  TradeArgs,
  Traded,
} from "./gateTradeShapes.js";
import { normalizeId, type Doc, type Id, type MutationCtx } from "./functions.js";
import { loadSeat, resolveMembership } from "./incarnations.js";

/** Trades at some gates, one after the other. */
export async function tradeAtGates(
  ctx: MutationCtx,
  args: TradeArgs,
): Promise<TradeAnswer> {
  const now = Date.now();
  const executor = normalizeId(ctx, "heartbeats", args.executor);
  const seat = await loadSeat(ctx, args.seat, args.known);
  const membership = speaksProtocol(args)
    ? resolveMembership(seat, args.executor)
    : "none";
  const trades: TradeAnswer["trades"] = [];
  if (!executor || membership === "none") return { membership: "none", now, trades };
  const asked = boundTrades(args.trades);
  const standings = await ctx.runQuery(
    internal.gateViews.standing,
    { gates: asked.map(nameGate), executor },
    { useStaleSnapshot: true },
  );
  for (const [index, trade] of asked.entries())
    trades.push(await tradeAt(ctx, executor, trade, standings[index]!));
  return { membership, now, trades };
}

/**
 * Says what waits and hears what may pass, where no more is to be done, in the name of an
 * executor whose standings were seen in a snapshot (T2).
 */
export async function rideToGates(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
  asked: readonly Trade[],
  standings: readonly Standing[],
): Promise<TradeAnswer["trades"]> {
  const trades: TradeAnswer["trades"] = [];
  for (const [index, trade] of asked.entries())
    trades.push(await rideTo(ctx, executor, trade, standings[index]!));
  return trades;
}

/** Names the gate of a trade. */
export function nameGate({ key, rows }: Trade): NamedGate {
  return { key, ...(rows ? { rows } : {}) };
}

/** As many as one transaction trades. */
export function boundTrades(trades: readonly Trade[]): readonly Trade[] {
  return trades.slice(0, GATES_PER_TRADE);
}

async function tradeAt(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
  trade: Trade,
  { allocation, grant: seen }: Standing,
): Promise<Traded> {
  const gate = await anchorClosing(ctx, await declareGate(ctx, trade));
  const { demand, isNew } = await recordDemand(ctx, executor, trade);
  const isDue = isAllocationDue(gate, trade, allocation, executor);
  const dealt = isDue ? await allocate(ctx, gate, demand, allocation?._id) : null;
  const grant = dealt?.grant ?? (isNew ? null : seen);
  const nextAt = dealt?.nextAt ?? allocation?.nextAt ?? 0;
  const isLed = !isDue && isLedByOther(allocation, executor);
  const rows = describeRows(gate, demand, allocation, grant);
  return describeTraded(gate, grant, { rows, nextAt, isLed });
}

/**
 * Trades within a commit, which must not conflict with the commits of others: so by a
 * snapshot, but for the executor's own demand. Answers null where more is to be done.
 */
async function rideTo(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
  trade: Trade,
  { gate, allocation, grant }: Standing,
): Promise<Traded | null> {
  const isKnown = gate && grant && !declaresAnew(gate, trade) && !isAhead(gate);
  if (!isKnown || !isLedByOther(allocation, executor)) return null;
  if (isAllocationDue(gate, trade, allocation, executor)) return null;
  const { demand } = await recordDemand(ctx, executor, trade);
  const rows = describeRows(gate, demand, allocation, grant);
  const nextAt = allocation?.nextAt ?? 0;
  return describeTraded(gate, grant, { rows, nextAt, isLed: true });
}

function describeRows(
  gate: Doc<"gates">,
  demand: Doc<"gateDemands">,
  allocation: Doc<"gateAllocations"> | null,
  grant: Doc<"gateGrants"> | null,
): Traded["rows"] {
  return {
    gate: gate._id,
    demand: demand._id,
    ...(allocation ? { allocation: allocation._id } : {}),
    ...(grant ? { grant: grant._id } : {}),
  };
}

function describeTraded(
  gate: Doc<"gates">,
  grant: Doc<"gateGrants"> | null,
  { rows, nextAt, isLed }: Pick<Traded, "rows" | "nextAt" | "isLed">,
): Traded {
  return {
    key: gate.key,
    rows,
    version: gate.version,
    paused: gate.paused,
    closedUntil: gate.closedUntil,
    nextAt,
    isLed,
    isHeld: resolveForce(gate).concurrency !== undefined,
    granted: grant?.granted ?? 0,
    runs: grant?.runs ?? [],
    grantVersion: grant?.version ?? gate.version,
  };
}

function isLedByOther(
  allocation: Doc<"gateAllocations"> | null,
  executor: Id<"heartbeats">,
): boolean {
  return allocation !== null && ![null, executor].includes(allocation.leader);
}

/** The leader allocates each time it trades; others if nobody leads, or it seems gone. */
function isAllocationDue(
  gate: Doc<"gates">,
  trade: Trade,
  allocation: Doc<"gateAllocations"> | null,
  executor: Id<"heartbeats">,
): boolean {
  if (trade.waiting.length === 0 || gate.paused) return false;
  const now = Date.now();
  if (!allocation || allocation.leader === executor) return true;
  const ageMs = now - allocation.allocatedAt;
  // In the future: the backend's clock was set back.
  if (ageMs < 0) return true;
  return ageMs >= (allocation.leader === null ? GATE_REOPEN_MS : GATE_TAKEOVER_MS);
}
