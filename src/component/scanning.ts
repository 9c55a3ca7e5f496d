/**
 * What an executor learns by looking: heads of queues, its own standing, settled waits.
 *
 * Owns read-only scans. They are queries, never part of a mutation, so that a start never
 * conflicts with a commit (P3); what they answer is a snapshot that the commit confirms.
 */
import { v, type Infer } from "convex/values";
import {
  DRAINING_MAX,
  QUARANTINE_SEAT,
  SCAN_CANDIDATES_MAX,
  SCAN_SIGNALS_MAX,
} from "../shared/constants.js";
import { computeSuspectsMax } from "../shared/deaths.js";
import { PROTOCOL, vMembership } from "../shared/model.js";
import {
  compareCandidates,
  cutTogether,
  mergeHeads,
  type Head,
} from "../shared/order.js";
import {
  describe,
  openTasks,
  vReplayCandidate,
  vTaskCandidate,
  type QueueRow,
} from "./candidates.js";
import { loadConfig } from "./config.js";
import { findEarliest } from "./earliest.js";
import type { Doc, Id, QueryCtx } from "./functions.js";
import { lookForHelp, vHelpAnswer, vHelpArgs } from "./helpCalls.js";
import { loadClaim } from "./queues.js";
import {
  checkMembership,
  loadPredecessors,
  loadSeat,
  lookAtPredecessor,
} from "./incarnations.js";
import { isWatched } from "./watchdog.js";

/** What a scan is asked for. */
export const vScanWanted = {
  /** Candidates wanted of each queue. */
  tasks: v.number(),
  replays: v.number(),
  /** How it stands to those who need help, or give it; older code does neither (P18). */
  help: v.optional(vHelpArgs),
  /** Whether to say when durable work is due next, so that the agenda need not be asked. */
  withDue: v.optional(v.boolean()),
  /** Whether to say if the watchdog is there, so that it need not be asked about (P8). */
  withWatch: v.optional(v.boolean()),
};
export const vScanArgs = v.object({
  protocol: v.number(),
  seat: v.number(),
  executor: v.string(),
  ...vScanWanted,
  /** Signals not to tell of: the commit that this scan rides with ends them. */
  ended: v.optional(v.array(v.string())),
});

export const vScanAnswer = v.object({
  membership: vMembership,
  /** The seat's capacity, and how many seats share the permits, as they are now. */
  slots: v.number(),
  seats: v.number(),
  /** Whether a workflow may be opened only once its claim is durable (P9). */
  isCareful: v.boolean(),
  /** Workflows that may be hot at once; null if the slots decide. */
  hotMax: v.union(v.number(), v.null()),
  /** Definitions that are paused. */
  paused: v.array(v.string()),
  tasks: v.array(vTaskCandidate),
  replays: v.array(vReplayCandidate),
  /** Whether a queue holds more than it was asked for. */
  hasMore: v.boolean(),
  /** Workflows this executor holds that were signalled (P2). */
  signalled: v.array(v.string()),
  /** When durable work of the seat is due next; null also if nobody asked. */
  dueAt: v.union(v.number(), v.null()),
  /** Whether the watchdog is there; null also if nobody asked. */
  isWatched: v.union(v.boolean(), v.null()),
  /** Predecessors: how many, which of them are dead, and the claims they hold. */
  draining: v.array(
    v.object({ executor: v.string(), isAlive: v.boolean(), claims: v.number() }),
  ),
  help: vHelpAnswer,
});
export type Scan = Infer<typeof vScanAnswer>;

/** What an executor finds that is not, or no longer, its seat's current one. */
const NOTHING = {
  tasks: [],
  replays: [],
  hasMore: false,
  signalled: [],
  draining: [],
  dueAt: null,
  isWatched: null,
  help: { isCalling: false, hasMoreTasks: false, canCome: false },
};
const NO_HELP = { room: 0, callAbove: null };

/** Looks at everything an executor needs to decide what to claim next. */
export async function scan(ctx: QueryCtx, args: Infer<typeof vScanArgs>): Promise<Scan> {
  const seat = await loadSeat(ctx, args.seat);
  const membership =
    args.protocol === PROTOCOL ? await checkMembership(ctx, seat, args.executor) : "none";
  const config = await loadConfig(ctx);
  const isQuarantine = args.seat === QUARANTINE_SEAT;
  const deaths = seat?.deaths ?? 0;
  const standing = {
    membership,
    slots: seat?.slots ?? 0,
    seats: config?.seats ?? 1,
    isCareful: isQuarantine || deaths > 0,
    hotMax: isQuarantine ? computeSuspectsMax(deaths) : null,
    paused: config?.paused ?? [],
  };
  if (!seat || !config || membership !== "current") return { ...standing, ...NOTHING };
  const predecessors = (await loadPredecessors(ctx, seat)).slice(0, DRAINING_MAX);
  const draining = await Promise.all(
    predecessors.map(({ incarnation }) =>
      lookAtPredecessor(ctx, incarnation, seat.slots),
    ),
  );
  // Rows of what predecessors still hold must not hide those that can be claimed.
  const heldByOthers = draining.reduce((sum, { claims }) => sum + claims, 0);
  const budget = { rows: SCAN_SIGNALS_MAX, ended: new Set(args.ended) };
  const [dueAt, tasks, replays] = await Promise.all([
    args.withDue ? findEarliest(ctx, seat.shards) : null,
    scanHeads(seat.shards, args.tasks, (shard, wanted) => readTasks(ctx, shard, wanted)),
    scanHeads(seat.shards, args.replays + heldByOthers, (shard, wanted) =>
      readSignalled(ctx, shard, wanted, budget),
    ),
  ]);
  const sorted = await sortReplays(ctx, replays.rows, args.executor);
  const opened = await openTasks(ctx, tasks.rows);
  const cut = cutTogether(
    { rows: opened, hasMore: tasks.hasMore || opened.length < tasks.rows.length },
    { rows: sorted.replays, hasMore: replays.hasMore },
  );
  const hasMore = tasks.hasMore || replays.hasMore;
  const isEmpty = tasks.rows.length + replays.rows.length === 0 && !hasMore;
  const isCut = cut.first.length < tasks.rows.length;
  const own = {
    isEmpty,
    asked: args.tasks,
    found: tasks.rows.length,
    hasMoreTasks: tasks.hasMore || isCut,
  };
  const help = await lookForHelp(ctx, config, seat, args.help ?? NO_HELP, own);
  return {
    ...standing,
    tasks: [...cut.first, ...help.tasks], // others' only where it has none
    replays: cut.second,
    signalled: sorted.signalled,
    hasMore,
    dueAt,
    isWatched: args.withWatch ? await isWatched(ctx) : null,
    draining,
    help: help.answer,
  };
}

/** Reads the oldest rows of a queue over all shards, exactly in order. */
async function scanHeads<R extends QueueRow>(
  shards: number[],
  limit: number,
  readHead: (shard: number, wanted: number) => Promise<Head<R>>,
): Promise<{ rows: R[]; hasMore: boolean }> {
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
async function sortReplays(
  ctx: QueryCtx,
  rows: QueueRow[],
  executor: string,
): Promise<Pick<Scan, "replays" | "signalled">> {
  const [claims, workflows] = await Promise.all([
    Promise.all(rows.map((row) => loadClaim(ctx, row.workflow))),
    Promise.all(rows.map((row) => ctx.db.get("workflows", row.workflow))),
  ]);
  const replays: Scan["replays"] = [];
  const signalled: string[] = [];
  for (const [index, row] of rows.entries()) {
    const claim = claims[index];
    if (!claim && workflows[index]?.generation === row.generation)
      replays.push({ kind: "replay", ...describe(row) });
    else if (claim?.executor === executor) signalled.push(row.workflow);
  }
  return { replays: replays.sort(compareCandidates), signalled };
}
