/**
 * The watchdog's chain: one mutation that schedules itself for as long as anybody works (P8).
 *
 * Owns the `watchdog` row: when the next run is due, and which run that is. What a run looks
 * at and does is `watching.ts`.
 *
 * Invariants:
 * - W1 A run goes on only with the row's generation, and adds one: of two that were started
 *   at once, or late, one finds another number and ends. So there is one chain.
 * - W2 Each run is trailed by a guard. A scheduled mutation that overruns its time once has
 *   failed for good; the guard then takes its generation and goes on.
 * - W3 While an executor is on a seat the chain goes on; it is armed in the transaction that
 *   starts one, and executors arm it again should both jobs be lost.
 */
import {
  WATCHDOG_GUARD_MS,
  WATCHDOG_MS,
  WATCHDOG_OVERDUE_MS,
  WATCHDOG_SEATS_MAX,
} from "../shared/constants.js";
import { internal } from "./_generated/api.js";
import { requireConfig } from "./config.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import { checkScheduled, loadJobState } from "./incarnations.js";

/** Loads the row; null before anything has run. */
export async function loadWatchdog(ctx: QueryCtx): Promise<Doc<"watchdog"> | null> {
  return await ctx.db.query("watchdog").first();
}

/** Says whether a run of the watchdog will come: its job waits, and is not long overdue. */
export async function isWatched(ctx: QueryCtx): Promise<boolean> {
  const row = await loadWatchdog(ctx);
  if (!row?.job) return false;
  // Pending jobs of a scheduler that backs off for hours look like any other; so does one
  // that was scheduled before the clock was set back.
  const overdueMs = Date.now() - row.dueAt;
  if (overdueMs > WATCHDOG_OVERDUE_MS || overdueMs < -WATCHDOG_OVERDUE_MS) return false;
  return (await loadJobState(ctx, row.job))?.kind === "pending";
}

/** Says whether any run is scheduled at all (I10). */
export async function hasPendingRun(ctx: QueryCtx): Promise<boolean> {
  const row = await loadWatchdog(ctx);
  for (const job of [row?.job, row?.guard]) {
    if (job && (await loadJobState(ctx, job))?.kind === "pending") return true;
  }
  return false;
}

/** Makes sure that the watchdog's chain goes on (W3); whoever starts an executor calls it. */
export async function ensureWatchdog(
  ctx: MutationCtx,
  config: Pick<Doc<"config">, "seats">,
): Promise<void> {
  if (await isWatched(ctx)) return;
  const row = await loadWatchdog(ctx);
  await scheduleRun(ctx, row, config, { fromSeat: 0, suspects: row?.suspects ?? [] });
}

/** Arms the watchdog for an executor that found nobody watching. */
export async function rearmWatchdog(ctx: MutationCtx): Promise<void> {
  await ensureWatchdog(ctx, await requireConfig(ctx));
}

/**
 * Schedules the next run and its guard under the next generation, instead of those that were
 * scheduled before. With more seats than one look covers, runs are so much closer together
 * that each seat is looked at once in a period.
 */
export async function scheduleRun(
  ctx: MutationCtx,
  row: Doc<"watchdog"> | null,
  config: Pick<Doc<"config">, "seats">,
  next: Pick<Doc<"watchdog">, "fromSeat" | "suspects">,
): Promise<void> {
  const generation = (row?.generation ?? 0) + 1;
  const looks = Math.ceil((config.seats + 1) / WATCHDOG_SEATS_MAX);
  const inMs = Math.floor(WATCHDOG_MS / looks);
  await cancelJobs(ctx, row);
  const job = await ctx.scheduler.runAfter(inMs, internal.watching.run, { generation });
  await checkScheduled(ctx, job);
  const guard = await ctx.scheduler.runAfter(
    inMs + WATCHDOG_GUARD_MS,
    internal.watching.run,
    { generation },
  );
  const fields = { generation, job, guard, dueAt: Date.now() + inMs, ...next };
  if (row) await ctx.db.patch("watchdog", row._id, fields);
  else await ctx.db.insert("watchdog", fields);
}

/** Ends the chain: nobody is there to be watched. */
export async function stopRuns(ctx: MutationCtx, row: Doc<"watchdog">): Promise<void> {
  await cancelJobs(ctx, row);
  await ctx.db.patch("watchdog", row._id, {
    generation: row.generation + 1,
    job: undefined,
    guard: undefined,
    fromSeat: 0,
    suspects: [],
  });
}

/** Cancels what is still to run; the run that calls is over, and may not cancel itself. */
async function cancelJobs(ctx: MutationCtx, row: Doc<"watchdog"> | null): Promise<void> {
  for (const job of [row?.job, row?.guard]) {
    if (job && (await loadJobState(ctx, job))?.kind === "pending")
      await ctx.scheduler.cancel(job);
  }
}
