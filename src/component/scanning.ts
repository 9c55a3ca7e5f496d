/**
 * What an executor learns by looking: heads of queues, its own standing, settled waits.
 *
 * Owns read-only scans. They are queries, never part of a mutation, so that a start never
 * conflicts with a commit (P3); what they answer is a snapshot that the commit confirms.
 */
import { v, type Infer, type ObjectType } from "convex/values";
import { DRAINING_MAX, QUARANTINE_SEAT } from "../shared/constants.js";
import { computeSuspectsMax } from "../shared/deaths.js";
import { PROTOCOL, vKnownRows, vMembership, type KnownRows } from "../shared/model.js";
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
  known: v.optional(vKnownRows),
  ...vScanWanted,
});
/** What a scan is asked for that rides with a commit. */
export const vScanSeen = v.object({
  ...vScanWanted,
  known: v.optional(vKnownRows),
  /** Signals not to tell of: the commit ends them. */
  ended: v.array(v.string()),
});

export const vScanAnswer = v.object({
  membership: vMembership,
  /** Rows to name from now on. */
  known: v.optional(vKnownRows),
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

/** Who looks. */
type Looker = { executor: string; seat: Doc<"seats"> | null };
/** What it looks for. */
type Wanted = ObjectType<typeof vScanWanted> & {
  known?: KnownRows;
  ended?: readonly string[];
};

/** Looks at everything an executor needs to decide what to claim next. */
export async function scan(
  ctx: QueryCtx,
  { protocol, seat, executor, ...wanted }: Infer<typeof vScanArgs>,
): Promise<Scan> {
  // To one with other code it is as if nobody knew its seat (P12).
  const row = protocol === PROTOCOL ? await loadSeat(ctx, seat, wanted.known) : null;
  return await scanSeat(ctx, { executor, seat: row }, wanted);
}

/** The same for an executor whose code is ours, and whose seat has been read. */
export async function scanSeat(
  ctx: QueryCtx,
  { executor, seat }: Looker,
  wanted: Wanted,
): Promise<Scan> {
  const [membership, config] = await Promise.all([
    checkMembership(ctx, seat, executor),
    loadConfig(ctx, wanted.known),
  ]);
  const isQuarantine = seat?.seat === QUARANTINE_SEAT;
  const deaths = seat?.deaths ?? 0;
  const standing = {
    membership,
    slots: seat?.slots ?? 0,
    seats: config?.seats ?? 1,
    isCareful: isQuarantine || deaths > 0,
    hotMax: isQuarantine ? computeSuspectsMax(deaths) : null,
    paused: config?.paused ?? [],
    ...(seat && config ? { known: { seat: seat._id, config: config._id } } : {}),
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
  const looks = wanted.tasks + wanted.replays > 0;
  const [dueAt, queues, isThere] = await Promise.all([
    wanted.withDue ? findEarliest(ctx, seat.shards) : null,
    looks ? lookAtQueues(ctx, config, { executor, seat }, wanted, draining) : EMPTY,
    wanted.withWatch ? isWatched(ctx) : null,
  ]);
  return { ...standing, ...queues, dueAt, isWatched: isThere, draining };
}

/** Looks for candidates and signals, and for help with them. */
async function lookAtQueues(
  ctx: QueryCtx,
  config: Doc<"config">,
  { executor, seat }: Looker & { seat: Doc<"seats"> },
  wanted: Wanted,
  draining: Scan["draining"],
): Promise<typeof EMPTY> {
  // Rows of what predecessors still hold must not hide those that can be claimed.
  const heldByOthers = draining.reduce((sum, { claims }) => sum + claims, 0);
  const [tasks, replays] = await Promise.all([
    findTasks(ctx, seat.shards, wanted.tasks),
    findSignalled(ctx, seat.shards, wanted.replays + heldByOthers, wanted.ended),
  ]);
  const sorted = await sortReplays(ctx, replays.rows, executor);
  const opened = await openOthers(ctx, tasks.rows, new Set(wanted.atHand));
  const cut = cutTogether(
    { rows: opened, hasMore: tasks.hasMore || opened.length < tasks.rows.length },
    { rows: sorted.replays, hasMore: replays.hasMore },
  );
  const hasMore = tasks.hasMore || replays.hasMore;
  const isEmpty = tasks.rows.length + replays.rows.length === 0 && !hasMore;
  const isCut = cut.first.length < tasks.rows.length;
  const own = {
    isEmpty,
    asked: wanted.tasks,
    found: tasks.rows.length,
    hasMoreTasks: tasks.hasMore || isCut,
  };
  const help = await lookForHelp(ctx, config, seat, wanted.help ?? NO_HELP, own);
  return {
    tasks: [...cut.first.filter(isOpened), ...help.tasks], // others' only where it has none
    replays: cut.second,
    signalled: sorted.signalled,
    hasMore,
    help: help.answer,
  };
}
