/**
 * The heads of the queues: who could be claimed, and who was signalled.
 *
 * Owns how far they are read, so that the oldest are seen over all shards of a seat, and
 * neither many signals of one workflow nor what others hold hides them. Read-only.
 */
import { SCAN_CANDIDATES_MAX, SCAN_SIGNALS_MAX } from "../shared/constants.js";
import { compareCandidates, mergeHeads, type Head } from "../shared/order.js";
import { describe, type QueueRow, type ReplayCandidate } from "./candidates.js";
import type { Doc, Id, QueryCtx } from "./functions.js";
import { loadClaim } from "./queues.js";

/** Rows that were found, oldest first, and whether there are more than were wanted. */
type Found<Row> = { rows: Row[]; hasMore: boolean };

/** Finds the oldest tasks of some shards. */
export async function findTasks(
  ctx: QueryCtx,
  shards: number[],
  limit: number,
): Promise<Found<Doc<"taskQueue">>> {
  return await scanHeads(shards, limit, (shard, wanted) => readTasks(ctx, shard, wanted));
}

/** Finds a signal of each of the oldest signalled workflows, but for those that `ended`. */
export async function findSignalled(
  ctx: QueryCtx,
  shards: number[],
  limit: number,
  ended: readonly string[] = [],
): Promise<Found<Doc<"replayQueue">>> {
  const budget = { rows: SCAN_SIGNALS_MAX, ended: new Set(ended) };
  return await scanHeads(shards, limit, (shard, wanted) =>
    readSignalled(ctx, shard, wanted, budget),
  );
}

/** Reads the oldest rows of a queue over all shards, exactly in order. */
async function scanHeads<R extends QueueRow>(
  shards: number[],
  limit: number,
  readHead: (shard: number, wanted: number) => Promise<Head<R>>,
): Promise<Found<R>> {
  const wanted = Math.min(limit, SCAN_CANDIDATES_MAX);
  if (wanted <= 0 || shards.length === 0) return { rows: [], hasMore: false };
  // Twice a fair share of each shard: the merge stops where a shard might hide older rows.
  const perShard = Math.max(2, Math.ceil((2 * wanted) / shards.length));
  const heads = await Promise.all(shards.map((shard) => readHead(shard, perShard)));
  return mergeHeads(heads, wanted);
}

async function readTasks(
  ctx: QueryCtx,
  shard: number,
  wanted: number,
): Promise<Head<Doc<"taskQueue">>> {
  const rows = await ctx.db
    .query("taskQueue")
    .withIndex("by_shard", (q) => q.eq("shard", shard))
    .take(wanted);
  return { rows, hasMore: rows.length === wanted };
}

/**
 * Reads a signal of each of a shard's `wanted` oldest signalled workflows, of the newest
 * generation among those read. One whose many steps have settled has as many rows at the
 * head; they are read over, so that they hide nobody, as far as the budget of the scan goes.
 */
async function readSignalled(
  ctx: QueryCtx,
  shard: number,
  wanted: number,
  budget: { rows: number; ended: ReadonlySet<string> },
): Promise<Head<Doc<"replayQueue">>> {
  const first = new Map<Id<"workflows">, Doc<"replayQueue">>();
  const signals = ctx.db
    .query("replayQueue")
    .withIndex("by_shard", (q) => q.eq("shard", shard));
  for await (const row of signals) {
    const known = first.get(row.workflow)?.generation ?? -1;
    const isNewer = known < row.generation && !budget.ended.has(row._id);
    if (isNewer) first.set(row.workflow, row);
    budget.rows -= 1;
    const isEnough = first.size >= wanted || budget.rows <= 0;
    if (isEnough) return { rows: [...first.values()], hasMore: true };
  }
  return { rows: [...first.values()], hasMore: false };
}

/**
 * Parts replay rows into those to claim and those this executor already holds. What an end
 * has left behind is nobody's: opened, it would keep its workflow's next generation from
 * being seen.
 */
export async function sortReplays(
  ctx: QueryCtx,
  rows: QueueRow[],
  executor: string,
): Promise<{ replays: ReplayCandidate[]; signalled: string[] }> {
  const [claims, workflows] = await Promise.all([
    Promise.all(rows.map((row) => loadClaim(ctx, row.workflow))),
    Promise.all(rows.map((row) => ctx.db.get("workflows", row.workflow))),
  ]);
  const replays: ReplayCandidate[] = [];
  const signalled: string[] = [];
  for (const [index, row] of rows.entries()) {
    const claim = claims[index];
    if (!claim && workflows[index]?.generation === row.generation)
      replays.push({ kind: "replay", ...describe(row) });
    else if (claim?.executor === executor) signalled.push(row.workflow);
  }
  return { replays: replays.sort(compareCandidates), signalled };
}
