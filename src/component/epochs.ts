/**
 * The operators' levers on all seats at once: start, stop, bump, lay out anew.
 *
 * Owns `epoch` and the `stopped` state of seats. What happens on one seat is `seats.ts`.
 */
import { QUARANTINE_SEAT, QUARANTINE_SHARD, SEATS_MAX } from "../shared/constants.js";
import { computeSlots, shardsOfSeat } from "../shared/layout.js";
import { requireConfig } from "./config.js";
import { buryDead } from "./deaths.js";
import type { Doc, MutationCtx } from "./functions.js";
import { dropCalls } from "./helpCalls.js";
import { listIncarnations, loadSeat } from "./incarnations.js";
import { ensureSeat } from "./seats.js";
import { cancelWake } from "./waking.js";

/**
 * Starts an executor on every seat that has none, stopped ones included, and forgets what
 * their deaths have left: counts, pauses and halved slots.
 */
export async function startSeats(ctx: MutationCtx): Promise<number> {
  const config = await requireConfig(ctx);
  let started = 0;
  for (let seat = 0; seat < config.seats; seat += 1) {
    await resetSeat(ctx, await loadSeat(ctx, seat));
    if (await ensureSeat(ctx, config, seat)) started += 1;
  }
  const quarantine = await loadSeat(ctx, QUARANTINE_SEAT);
  await resetSeat(ctx, quarantine);
  // Without suspects there is none to start.
  if (quarantine && (await hasSuspects(ctx, quarantine))) {
    if (await ensureSeat(ctx, config, QUARANTINE_SEAT)) started += 1;
  }
  return started;
}

async function resetSeat(ctx: MutationCtx, row: Doc<"seats"> | null): Promise<void> {
  if (!row) return;
  const buried = await buryDead(ctx, row);
  await ctx.db.patch("seats", row._id, {
    state: buried.state === "stopped" ? "idle" : buried.state,
    deaths: undefined,
    notBefore: undefined,
    slotsMax: undefined,
  });
}

async function hasSuspects(ctx: MutationCtx, row: Doc<"seats">): Promise<boolean> {
  if (row.draining.length > 0 || row.current) return true;
  for (const table of ["replayQueue", "timers"] as const) {
    const waiting = await ctx.db
      .query(table)
      .withIndex("by_shard", (q) => q.eq("shard", QUARANTINE_SHARD))
      .first();
    if (waiting) return true;
  }
  return false;
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
  const rows = await ctx.db.query("seats").take(SEATS_MAX + 1);
  let epoch = 1;
  for (const row of rows) {
    epoch = Math.max(epoch, row.epoch + 1);
    await cancelWake(ctx, row);
    await ctx.db.patch("seats", row._id, {
      epoch: row.epoch + 1,
      state: "stopped",
      current: null,
      draining: listIncarnations(row),
    });
  }
  await dropCalls(ctx);
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
