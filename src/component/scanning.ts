/**
 * What an executor learns by looking: heads of queues, its own standing, settled waits.
 *
 * Owns read-only scans. They are queries, never part of a mutation, so that a start never
 * conflicts with a commit (P3); what they answer is a snapshot that the commit confirms.
 */
import { v, type Infer } from "convex/values";
import { DRAINING_MAX, QUARANTINE_SEAT } from "../shared/constants.js";
import { computeSuspectsMax } from "../shared/deaths.js";
import { PROTOCOL, vMembership } from "../shared/model.js";
import { cutTogether } from "../shared/order.js";
import { isOpened, openOthers, vReplayCandidate, vTaskCandidate } from "./candidates.js";
import { loadConfig } from "./config.js";
import { findEarliest } from "./earliest.js";
import type { Doc, QueryCtx } from "./functions.js";
import { lookForHelp, vHelpAnswer, vHelpArgs } from "./helpCalls.js";
import {
  checkMembership,
  loadPredecessors,
  loadSeat,
  lookAtPredecessor,
} from "./incarnations.js";
import { findSignalled, findTasks, sortReplays } from "./queueHeads.js";
import { isWatched } from "./watchdog.js";

/** What a scan is asked for. */
export const vScanWanted = {
  /** Candidates wanted of each queue. */
  tasks: v.number(),
  replays: v.number(),
  /** Workflows that it has at hand: their tasks count, but are not opened again. */
  atHand: v.optional(v.array(v.string())),
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
const NOTHING = { draining: [], dueAt: null, isWatched: null };
/** What is told of queues that were not looked at. */
const EMPTY: Pick<Scan, "tasks" | "replays" | "hasMore" | "signalled" | "help"> = {
  tasks: [],
  replays: [],
  hasMore: false,
  signalled: [],
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
  if (!seat || !config || membership !== "current")
    return { ...standing, ...EMPTY, ...NOTHING };
  const predecessors = (await loadPredecessors(ctx, config, seat)).slice(0, DRAINING_MAX);
  const draining = await Promise.all(
    predecessors.map(({ incarnation }) =>
      lookAtPredecessor(ctx, incarnation, seat.slots),
    ),
  );
  // Told only when work is due, it reads no queue.
  const looks = args.tasks + args.replays > 0;
  const [dueAt, queues, isThere] = await Promise.all([
    args.withDue ? findEarliest(ctx, seat.shards) : null,
    looks ? lookAtQueues(ctx, config, seat, args, draining) : EMPTY,
    args.withWatch ? isWatched(ctx) : null,
  ]);
  return { ...standing, ...queues, dueAt, isWatched: isThere, draining };
}

/** Looks for candidates and signals, and for help with them. */
async function lookAtQueues(
  ctx: QueryCtx,
  config: Doc<"config">,
  seat: Doc<"seats">,
  args: Infer<typeof vScanArgs>,
  draining: Scan["draining"],
): Promise<typeof EMPTY> {
  // Rows of what predecessors still hold must not hide those that can be claimed.
  const heldByOthers = draining.reduce((sum, { claims }) => sum + claims, 0);
  const [tasks, replays] = await Promise.all([
    findTasks(ctx, seat.shards, args.tasks),
    findSignalled(ctx, seat.shards, args.replays + heldByOthers, args.ended),
  ]);
  const sorted = await sortReplays(ctx, replays.rows, args.executor);
  const opened = await openOthers(ctx, tasks.rows, new Set(args.atHand));
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
    tasks: [...cut.first.filter(isOpened), ...help.tasks], // others' only where it has none
    replays: cut.second,
    signalled: sorted.signalled,
    hasMore,
    help: help.answer,
  };
}
