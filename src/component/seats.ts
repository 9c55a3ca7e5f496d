/**
 * The life of executors on their seats (P5, P6, P7).
 *
 * Owns the `seats` and `heartbeats` rows' lifecycle and the scheduling of executors. Every
 * change of who may claim or commit goes through here. May not touch queues or claims.
 *
 * Invariants:
 * - S1 A seat has at most one `current` incarnation; only it may claim (I8).
 * - S2 An incarnation is known (current or draining) until its claims are given back (I5).
 * - S3 Work added to a seat finds an executor there, or starts one, in the transaction
 *   that adds it; a `stopped` seat waits for `startExecutors`.
 */
import type { FunctionHandle } from "convex/server";
import { QUARANTINE_SEAT, SLOTS_PER_EXECUTOR_MAX } from "../shared/constants.js";
import { resolveNotBefore } from "../shared/deaths.js";
import { computeSlots, seatOfShard, shardsOfSeat } from "../shared/layout.js";
import {
  PROTOCOL,
  speaksProtocol,
  type EntryArgs,
  type Membership,
} from "../shared/model.js";
import { requireConfig } from "./config.js";
import { buryDead, forgetIncarnation } from "./deaths.js";
import type { Doc, Id, MutationCtx } from "./functions.js";
import {
  checkScheduled,
  isAlive,
  listIncarnations,
  loadSeat,
  resolveMembership,
} from "./incarnations.js";
import { cancelWake, wakeSeatAt } from "./waking.js";
import { ensureWatchdog } from "./watchdog.js";

/**
 * Makes sure that an executor will see work just added to these shards, or that is due there
 * at `at` (S3). Reads one rarely written row and one job per seat; writes only if nobody is
 * there.
 */
export async function wakeShards(
  ctx: MutationCtx,
  shards: Iterable<number>,
  at = 0,
): Promise<void> {
  const wakes = ctx.wakes ?? new Map<number, number>();
  for (const shard of shards) wakes.set(shard, Math.min(wakes.get(shard) ?? at, at));
  if (!ctx.wakes) await wakeAll(ctx, wakes);
}

/**
 * Does something, and wakes each seat once at the end, however often it is to be woken.
 * `there` is the seat whose current executor makes this call, if one does: it need not be
 * asked whether it is there.
 */
export async function wakeOnce<Result>(
  ctx: MutationCtx,
  there: number | null,
  body: (ctx: MutationCtx) => Promise<Result>,
): Promise<Result> {
  const wakes = new Map<number, number>();
  const result = await body({ ...ctx, wakes });
  await wakeAll(ctx, wakes, there);
  return result;
}

async function wakeAll(
  ctx: MutationCtx,
  wakes: ReadonlyMap<number, number>,
  there: number | null = null,
): Promise<void> {
  if (wakes.size === 0) return;
  const config = await requireConfig(ctx);
  const seats = new Map<number, number>();
  for (const [shard, at] of wakes) {
    const seat = seatOfShard(config, shard);
    if (seat !== there) seats.set(seat, Math.min(seats.get(seat) ?? at, at));
  }
  const looks = [...seats].map(async ([seat, at]) => {
    const row = await loadSeat(ctx, seat);
    const isThere = row?.current && (await isAlive(ctx, row.current));
    return { seat, at, row, isThere };
  });
  for (const { seat, at, row, isThere } of await Promise.all(looks)) {
    if (isThere) continue;
    if (row?.state === "idle" && at > Date.now()) await wakeSeatAt(ctx, row, at);
    else await startOn(ctx, config, seat, row);
  }
}

/**
 * Starts an executor on the seat unless a live one is there or an operator stopped it. A
 * seat whose executors die waits a little longer each time (P8).
 */
export async function ensureSeat(
  ctx: MutationCtx,
  config: Doc<"config">,
  seat: number,
): Promise<boolean> {
  const row = await loadSeat(ctx, seat);
  if (row?.current && (await isAlive(ctx, row.current))) return false;
  return await startOn(ctx, config, seat, row);
}

/** Starts an executor where none lives, unless an operator stopped the seat. */
async function startOn(
  ctx: MutationCtx,
  config: Doc<"config">,
  seat: number,
  row: Doc<"seats"> | null,
): Promise<boolean> {
  if (row?.state === "stopped") return false;
  const buried = row && (await buryDead(ctx, row));
  const notBefore = buried && resolveNotBefore(buried, Date.now());
  if (notBefore !== null) {
    await wakeSeatAt(ctx, buried!, notBefore);
    await ensureWatchdog(ctx, config);
    return false;
  }
  await startIncarnation(ctx, config, seat, buried);
  return true;
}

/** Makes the incarnation a draining one and starts its successor (P5). */
export async function handOverSeat(
  ctx: MutationCtx,
  { seat, executor, ...caller }: { protocol?: number; seat: number; executor: string },
): Promise<Membership> {
  if (!speaksProtocol(caller)) return "none";
  const row = await loadSeat(ctx, seat);
  const membership = resolveMembership(row, executor);
  if (!row?.current || membership !== "current") return membership;
  // Its job was canceled: whatever it schedules never runs (P7). The watchdog takes over.
  if (!(await isAlive(ctx, row.current))) return "none";
  const buried = await buryDead(ctx, row);
  await forgetDeaths(ctx, buried);
  await startIncarnation(ctx, await requireConfig(ctx), seat, {
    ...buried,
    current: null,
    draining: listIncarnations(buried),
  });
  return "draining";
}

/** Removes an incarnation that holds nothing any more (S2); the caller has made sure. */
export async function removeIncarnation(
  ctx: MutationCtx,
  row: Doc<"seats">,
  executor: Id<"heartbeats">,
): Promise<void> {
  const draining = row.draining.filter((one) => one.executor !== executor);
  const wasCurrent = row.current?.executor === executor;
  const state = wasCurrent && row.state === "running" ? "idle" : row.state;
  await ctx.db.patch("seats", row._id, {
    state,
    current: wasCurrent ? null : row.current,
    draining,
    ...(wasCurrent ? FORGIVEN : {}),
  });
  await forgetIncarnation(ctx, executor);
}

/** An executor that leaves in order has outlived whatever killed its predecessors. */
const FORGIVEN = { deaths: undefined, notBefore: undefined };

/** Forgets a seat's deaths; the quarantine's say how far it has come, and stay. */
async function forgetDeaths(ctx: MutationCtx, row: Doc<"seats">): Promise<void> {
  if (row.seat === QUARANTINE_SEAT) return;
  await ctx.db.patch("seats", row._id, FORGIVEN);
}

async function startIncarnation(
  ctx: MutationCtx,
  config: Doc<"config">,
  seat: number,
  row: Doc<"seats"> | null,
): Promise<void> {
  const now = Date.now();
  const executor = await ctx.db.insert("heartbeats", {
    seat,
    startedAt: now,
    at: now,
    commitSeq: 0,
    limitShare: 0,
  });
  const args: EntryArgs = { protocol: PROTOCOL, seat, executor };
  const entry = config.entry as FunctionHandle<"action", EntryArgs>;
  const job = await ctx.scheduler.runAfter(0, entry, args);
  await checkScheduled(ctx, job);
  const slotsMax = row?.slotsMax ?? SLOTS_PER_EXECUTOR_MAX;
  const fields = {
    state: "running" as const,
    current: { executor, job },
    draining: row?.draining ?? [],
    shards: shardsOfSeat(config, seat),
    slots: Math.min(slotsMax, computeSlots(config, seat)),
  };
  if (row) {
    await cancelWake(ctx, row);
    await ctx.db.patch("seats", row._id, fields);
  } else await ctx.db.insert("seats", { seat, epoch: 0, ...fields });
  await ensureWatchdog(ctx, config);
}
