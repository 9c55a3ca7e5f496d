/**
 * The allocation: who passes a gate next, over all executors (P15).
 *
 * Owns loading what {@link planAllocation} decides on, and writing what it decided. Demands
 * and moves come from a snapshot, since their writers must not conflict with it; whatever
 * it overwrites it has really read (T2).
 */
import {
  GATE_BURST_MS,
  GATE_EXECUTORS_MAX,
  GATE_FRESH_MS,
  GATE_MOVES_PAGE,
  GATE_PER_MS_DEFAULT,
  SECOND,
} from "../shared/constants.js";
import { takeLast, weigh } from "../shared/gateRuns.js";
import {
  computeAheadMs,
  planAllocation,
  type AllocationInput,
  type GateLimits,
} from "../shared/gates.js";
import { stepPace, type Pace } from "../shared/pacing.js";
import { internal } from "./_generated/api.js";
import { loadConfig } from "./config.js";
import { loadAllocation } from "./gateReports.js";
import { resolveForce } from "./gateSettings.js";
import type { Doc, Id, MutationCtx } from "./functions.js";

/**
 * Deals what a gate lets through; answers what came of it for the executor that does, and has
 * just written its demand.
 */
export async function allocate(
  ctx: MutationCtx,
  gate: Doc<"gates">,
  own: Doc<"gateDemands">,
  known?: Id<"gateAllocations">,
): Promise<{ grant: Doc<"gateGrants"> | null; nextAt: number }> {
  const { key, version } = gate;
  const { executor } = own;
  const now = Date.now();
  const [allocation, grants, snapshot] = [
    await loadAllocation(ctx, key, known),
    await loadGrants(ctx, key),
    await ctx.runQuery(internal.gateViews.demands, { key }, { useStaleSnapshot: true }),
  ];
  const demands = [...snapshot.demands.filter((one) => one.executor !== executor), own];
  const kept = await countMoves(ctx, allocation, snapshot.moves);
  const isCounted = snapshot.moves.length < GATE_MOVES_PAGE;
  const fresh = listFresh(grants, demands, now);
  const { limits, pace } = learnPace({ gate, allocation, demands, fresh, now });
  const plan = planAllocation({
    now,
    limits,
    closedUntil: gate.closedUntil,
    nextAt: resolveNextAt(allocation, version, now),
    // A provider that refuses has nothing saved up either.
    burstMs: pace ? 0 : GATE_BURST_MS,
    kept,
    isFirst: isFirst(allocation, now),
    seats: (await loadConfig(ctx))?.seats ?? 1,
    accounts: describeAccounts(grants, demands),
    // With moves uncounted the gate looks emptier than it is: wait for the next trade.
    demands: isCounted ? fresh : [],
  });
  for (const grant of grants) {
    const runs = plan.runs.get(grant.executor);
    if (!runs) continue;
    const seen = demands.find((one) => one.executor === grant.executor)?.seen ?? 0;
    const unseen =
      grant.version === version ? takeLast(grant.runs, grant.granted - seen) : [];
    const granted = grant.granted + weigh(runs);
    const fields = { granted, runs: [...unseen, ...runs], version };
    Object.assign(grant, fields);
    await ctx.db.patch("gateGrants", grant._id, fields);
  }
  const leader = plan.hasServedAll && isCounted ? null : executor;
  const dealt = { leader, allocatedAt: now, nextAt: plan.nextAt, kept, version };
  const fields = { key, ...dealt, pace };
  if (allocation) await ctx.db.patch("gateAllocations", allocation._id, fields);
  else await ctx.db.insert("gateAllocations", fields);
  const grant = grants.find((one) => one.executor === executor) ?? null;
  return { grant, nextAt: plan.nextAt };
}

/** Resolves the limits to deal by: of an adaptive gate, what its provider takes. */
function learnPace({
  gate,
  allocation,
  demands,
  fresh,
  now,
}: {
  gate: Doc<"gates">;
  allocation: Doc<"gateAllocations"> | null;
  demands: Doc<"gateDemands">[];
  fresh: AllocationInput["demands"];
  now: number;
}): { limits: GateLimits; pace: Pace | undefined } {
  const limits = resolveForce(gate);
  if (!limits.adaptive) return { limits, pace: undefined };
  const { rate, per = GATE_PER_MS_DEFAULT } = limits;
  const { refusedAt } = gate;
  const changedAt = gate.changedAt > now ? 0 : gate.changedAt; // the clock was set back
  const before = allocation?.pace ?? null;
  const aheadMs = computeAheadMs({ rate: before?.perSecond, per: SECOND }, fresh);
  const told = demands.flatMap((one) => one.told ?? []);
  const pace = stepPace(before && before.at >= changedAt ? before : null, {
    now,
    ceiling: rate === undefined ? Infinity : (rate * SECOND) / per,
    isSaturated: allocation !== null && isHeldBack(allocation, gate, aheadMs, now),
    told: told.filter(({ at }) => at >= changedAt),
    refusedAt: refusedAt >= changedAt ? refusedAt : 0,
    settleMs: aheadMs,
  });
  return { limits: { ...limits, rate: pace.perSecond, per: SECOND }, pace };
}

/** Whether the last allocation left somebody waiting for nothing but the pace. */
function isHeldBack(
  allocation: Doc<"gateAllocations">,
  { closedUntil }: Doc<"gates">,
  aheadMs: number,
  now: number,
): boolean {
  const { allocatedAt, nextAt } = allocation;
  if (isFirst(allocation, now) || closedUntil > allocatedAt) return false;
  return nextAt > allocatedAt + aheadMs;
}

/** Whether nobody has been waiting: then others have not said yet what they wait for. */
function isFirst(allocation: Doc<"gateAllocations"> | null, now: number): boolean {
  if (!allocation || allocation.leader === null) return true;
  return now - allocation.allocatedAt > GATE_FRESH_MS;
}

/**
 * Computes when the rate allows the next grant. Under new limits what was dealt is void; a
 * clock that was set back must not close the gate for as long.
 */
function resolveNextAt(
  allocation: Doc<"gateAllocations"> | null,
  version: number,
  now: number,
): number {
  if (!allocation) return 0;
  const { nextAt, allocatedAt } = allocation;
  if (allocation.version !== version) return Math.min(nextAt, now);
  return allocatedAt > now ? nextAt - (allocatedAt - now) : nextAt;
}

function describeAccounts(
  grants: Doc<"gateGrants">[],
  demands: Doc<"gateDemands">[],
): AllocationInput["accounts"] {
  const released = new Map(demands.map((one) => [one.executor, one.released]));
  return grants.map(({ executor, granted }) => ({
    executor,
    granted,
    released: released.get(executor) ?? 0,
  }));
}

/** An executor that has not asked for a while is dead, or waits for nothing any more. */
function listFresh(
  grants: Doc<"gateGrants">[],
  demands: Doc<"gateDemands">[],
  now: number,
): AllocationInput["demands"] {
  const known = new Set(grants.map(({ executor }) => executor));
  return demands.filter(
    ({ executor, at }) => known.has(executor) && Math.abs(now - at) <= GATE_FRESH_MS,
  );
}

/** Counts passes taken and given back into what workflows hold, each once. */
async function countMoves(
  ctx: MutationCtx,
  allocation: Doc<"gateAllocations"> | null,
  moves: { _id: Id<"gateMoves">; weight: number }[],
): Promise<number> {
  for (const { _id } of moves) await ctx.db.delete("gateMoves", _id);
  return moves.reduce((sum, { weight }) => sum + weight, allocation?.kept ?? 0);
}

async function loadGrants(ctx: MutationCtx, key: string): Promise<Doc<"gateGrants">[]> {
  return await ctx.db
    .query("gateGrants")
    .withIndex("by_key", (q) => q.eq("key", key))
    .take(GATE_EXECUTORS_MAX);
}
