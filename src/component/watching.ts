/**
 * What a run of the watchdog does (P8): looks at a page of seats, and tends those in need.
 *
 * Owns no rows. It looks in a snapshot, which conflicts with nobody, and acts on what it
 * confirms by reading again. Each seat is tended in a sub-transaction: trouble with one seat
 * must not end the chain.
 */
import { v, type Infer } from "convex/values";
import {
  SEATS_MAX,
  WATCHDOG_OVERDUE_MS,
  WATCHDOG_SEATS_MAX,
} from "../shared/constants.js";
import { countLook, isQuiet } from "../shared/liveness.js";
import { internal } from "./_generated/api.js";
import { internalMutation, internalQuery } from "./_generated/server.js";
import { loadConfig } from "./config.js";
import { buryDead } from "./deaths.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import { listIncarnations, loadJobState, loadSeat } from "./incarnations.js";
import { giveBackOfDead } from "./leaving.js";
import { wakeSeat } from "./timers.js";
import { loadWatchdog, scheduleRun, stopRuns } from "./watchdog.js";

const vSign = v.object({
  seat: v.number(),
  executor: v.id("heartbeats"),
  at: v.number(),
});
const vLook = v.object({
  /** Seats with a dead executor, or without one that should have started. */
  inNeed: v.array(v.number()),
  /** Executors whose job is in progress, and whose last sign of life is old. */
  quiet: v.array(vSign),
  /** The last seat looked at; null after the last of all. */
  upTo: v.union(v.number(), v.null()),
  /** Whether anybody is there, on any seat. */
  isBusy: v.boolean(),
});

/** Looks at a page of seats. */
export const look = internalQuery({
  args: { fromSeat: v.number() },
  returns: vLook,
  handler: async (ctx, { fromSeat }): Promise<Infer<typeof vLook>> => {
    const rows = await ctx.db
      .query("seats")
      .withIndex("by_seat", (q) => q.gte("seat", fromSeat))
      .take(WATCHDOG_SEATS_MAX);
    const found = await Promise.all(rows.map(async (row) => await lookAt(ctx, row)));
    return {
      inNeed: found.filter(({ isInNeed }) => isInNeed).map(({ seat }) => seat),
      quiet: found.flatMap(({ quiet }) => quiet),
      upTo: rows.length < WATCHDOG_SEATS_MAX ? null : (rows.at(-1)?.seat ?? null),
      isBusy: await isAnySeatBusy(ctx),
    };
  },
});

async function lookAt(ctx: QueryCtx, row: Doc<"seats">) {
  const now = Date.now();
  const { seat, wakeAt } = row;
  const quiet: Infer<typeof vSign>[] = [];
  let isInNeed = row.state === "idle" && (wakeAt ?? now) < now - WATCHDOG_OVERDUE_MS;
  for (const one of listIncarnations(row)) {
    const job = one.death ? null : await loadJobState(ctx, one.job);
    if (job?.kind === "pending") continue;
    if (job?.kind !== "inProgress") {
      isInNeed = true;
      continue;
    }
    const heartbeat = await ctx.db.get("heartbeats", one.executor);
    if (heartbeat && isQuiet(heartbeat.at, now))
      quiet.push({ seat, executor: one.executor, at: heartbeat.at });
  }
  return { seat, isInNeed, quiet };
}

/** Says whether any seat has somebody to watch, or waits to start somebody again. */
async function isAnySeatBusy(ctx: QueryCtx): Promise<boolean> {
  const rows = await ctx.db.query("seats").take(SEATS_MAX + 1);
  const now = Date.now();
  return rows.some(
    ({ current, draining, notBefore }) =>
      current !== null || draining.length > 0 || (notBefore ?? now) > now,
  );
}

/** One run of the chain; a stale one ends at once (W1). */
export const run = internalMutation({
  args: { generation: v.number() },
  returns: v.null(),
  handler: async (ctx, { generation }) => {
    const [row, config] = await Promise.all([loadWatchdog(ctx), loadConfig(ctx)]);
    if (row?.generation !== generation || !config) return null;
    const { fromSeat } = row;
    const seen: Infer<typeof vLook> = await ctx.runQuery(
      internal.watching.look,
      { fromSeat },
      { useStaleSnapshot: true },
    );
    const isLookedAt = (seat: number) =>
      seat >= fromSeat && (seen.upTo === null || seat <= seen.upTo);
    const { suspects, stuck } = countLook(row.suspects, seen.quiet, isLookedAt);
    const seats = new Set([...seen.inNeed, ...stuck.map(({ seat }) => seat)]);
    // The snapshot cannot show an executor that starts right now; the chain ends only on a
    // look with which such a start conflicts (W3).
    const isOver = seats.size === 0 && !seen.isBusy && !(await isAnySeatBusy(ctx));
    if (isOver) await stopRuns(ctx, row);
    else {
      const next = seen.upTo === null ? 0 : seen.upTo + 1;
      await scheduleRun(ctx, row, config, { fromSeat: next, suspects });
    }
    let mayGiveBack = true;
    for (const seat of seats) {
      const signs = stuck.filter((one) => one.seat === seat);
      if (await tryToTend(ctx, { seat, stuck: signs, mayGiveBack })) mayGiveBack = false;
    }
    return null;
  },
});

const vTendArgs = v.object({
  seat: v.number(),
  /** Executors to fence, unless they have given a sign since. */
  stuck: v.array(v.object({ ...vSign.fields, looks: v.number() })),
  /** Whether this run may still give back claims. */
  mayGiveBack: v.boolean(),
});

/** Tends one seat; answers whether claims were given back. */
async function tryToTend(
  ctx: MutationCtx,
  args: Infer<typeof vTendArgs>,
): Promise<boolean> {
  try {
    return await ctx.runMutation(internal.watching.tend, args);
  } catch {
    return false; // undone as a whole; the next look finds the seat as it is
  }
}

/** Buries the dead of a seat, fences the stuck, and starts a successor if none is there. */
export const tend = internalMutation({
  args: vTendArgs,
  returns: v.boolean(),
  handler: async (ctx, { seat, stuck, mayGiveBack }) => {
    const row = await loadSeat(ctx, seat);
    if (!row) return false;
    const confirmed: string[] = [];
    for (const { executor, at } of stuck) {
      const heartbeat = await ctx.db.get("heartbeats", executor);
      if (heartbeat?.at === at) confirmed.push(executor);
    }
    const hadCurrent = row.current !== null;
    const buried = await buryDead(ctx, row, confirmed);
    const hasGivenBack = mayGiveBack && (await giveBackOfDead(ctx, buried));
    const isLate = (row.wakeAt ?? Infinity) < Date.now() - WATCHDOG_OVERDUE_MS;
    const isVacant = isLate || (hadCurrent && !buried.current);
    if (isVacant && buried.state === "idle") await wakeSeat(ctx, buried);
    return hasGivenBack;
  },
});
