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
import { computeSlots, seatOfShard, shardsOfSeat } from "../shared/layout.js";
import { PROTOCOL, type EntryArgs, type Membership } from "../shared/model.js";
import { requireConfig } from "./config.js";
import type { Doc, Id, MutationCtx } from "./functions.js";
import { cancelWake } from "./waking.js";
import {
  checkScheduled,
  holdsClaims,
  isAlive,
  loadSeat,
  resolveMembership,
  type Incarnation,
} from "./incarnations.js";

/**
 * Makes sure that an executor will see work just added to these shards (S3). Reads one
 * rarely written row and one job per seat; writes only if nobody is there.
 */
export async function wakeShards(
  ctx: MutationCtx,
  shards: Iterable<number>,
): Promise<void> {
  const config = await requireConfig(ctx);
  const seats = new Set([...shards].map((shard) => seatOfShard(config, shard)));
  for (const seat of seats) await ensureSeat(ctx, config, seat);
}

/** Starts an executor on the seat unless a live one is there or an operator stopped it. */
export async function ensureSeat(
  ctx: MutationCtx,
  config: Doc<"config">,
  seat: number,
): Promise<boolean> {
  const row = await loadSeat(ctx, seat);
  if (row?.state === "stopped") return false;
  if (row?.current && (await isAlive(ctx, row.current))) return false;
  await startIncarnation(ctx, config, seat, row);
  return true;
}

/** Starts an executor on every seat that has none, stopped ones included. */
export async function startSeats(ctx: MutationCtx): Promise<number> {
  const config = await requireConfig(ctx);
  let started = 0;
  for (let seat = 0; seat < config.seats; seat += 1) {
    const row = await loadSeat(ctx, seat);
    if (row?.state === "stopped") await ctx.db.patch("seats", row._id, { state: "idle" });
    if (await ensureSeat(ctx, config, seat)) started += 1;
  }
  return started;
}

/**
 * Bumps every seat's epoch: its executor drains and leaves, and none is started until
 * `startSeats`, or, with `restart`, at once. Seats where nothing ever started get a row,
 * as work added to them would start an executor too.
 */
export async function bumpSeats(
  ctx: MutationCtx,
  options: { restart: boolean },
): Promise<{ seats: number; epoch: number }> {
  const config = await requireConfig(ctx);
  const rows = await ctx.db.query("seats").take(config.served);
  let epoch = 1;
  for (const row of rows) {
    epoch = Math.max(epoch, row.epoch + 1);
    await cancelWake(ctx, row);
    await ctx.db.patch("seats", row._id, {
      epoch: row.epoch + 1,
      state: "stopped",
      current: null,
      draining: withCurrent(row),
    });
  }
  const known = new Set(rows.map(({ seat }) => seat));
  for (let seat = 0; seat < config.seats; seat += 1) {
    if (!known.has(seat)) await insertStopped(ctx, config, seat, epoch);
  }
  if (options.restart) await startSeats(ctx);
  return { seats: Math.max(rows.length, config.seats), epoch };
}

async function insertStopped(
  ctx: MutationCtx,
  config: Doc<"config">,
  seat: number,
  epoch: number,
): Promise<void> {
  await ctx.db.insert("seats", {
    seat,
    epoch,
    state: "stopped",
    current: null,
    draining: [],
    shards: shardsOfSeat(config, seat),
    slots: computeSlots(config, seat),
  });
}

/** Sends every executor away after the layout changed, and starts those of the new one. */
export async function relayoutSeats(ctx: MutationCtx): Promise<void> {
  await bumpSeats(ctx, { restart: true });
}

/** Makes the incarnation a draining one and starts its successor (P5). */
export async function handOverSeat(
  ctx: MutationCtx,
  seat: number,
  executor: string,
): Promise<Membership> {
  const row = await loadSeat(ctx, seat);
  const membership = resolveMembership(row, executor);
  if (membership !== "current") return membership;
  await startIncarnation(ctx, await requireConfig(ctx), seat, row);
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
  });
  await ensureNoHeartbeat(ctx, executor);
}

async function ensureNoHeartbeat(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
): Promise<void> {
  if (!(await ctx.db.get("heartbeats", executor))) return;
  await ctx.db.delete("heartbeats", executor);
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
  const fields = {
    state: "running" as const,
    current: { executor, job },
    shards: shardsOfSeat(config, seat),
    slots: computeSlots(config, seat),
  };
  if (row) {
    await cancelWake(ctx, row);
    const draining = await dropEmpty(ctx, withCurrent(row));
    await ctx.db.patch("seats", row._id, { ...fields, draining });
  } else await ctx.db.insert("seats", { seat, epoch: 0, draining: [], ...fields });
}

/**
 * Forgets dead incarnations that hold no claim, so that executors which die at once never
 * pile up on their seat; the others stay known until recovery has emptied them (S2).
 */
async function dropEmpty(
  ctx: MutationCtx,
  incarnations: Incarnation[],
): Promise<Incarnation[]> {
  const kept: Incarnation[] = [];
  for (const one of incarnations) {
    const isNeeded = (await isAlive(ctx, one)) || (await holdsClaims(ctx, one.executor));
    if (isNeeded) kept.push(one);
    else await ensureNoHeartbeat(ctx, one.executor);
  }
  return kept;
}

function withCurrent(row: Doc<"seats">): Incarnation[] {
  return row.current ? [...row.draining, row.current] : row.draining;
}
