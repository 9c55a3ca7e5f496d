/**
 * The watchdog and the seats, as tests look at them and do harm to them.
 *
 * Owns how a chain of the watchdog can be lost: its job fails, is canceled, or is forgotten
 * by the platform; with its guard or without.
 */
import type { GenericMutationCtx, AnyDataModel } from "convex/server";
import { makeFunctionReference } from "convex/server";
import { DAY } from "../../src/shared/constants.js";
import type { TestApp } from "./app.js";
import { EXECUTOR } from "./deployment.js";

export type SeatRow = {
  _id: string;
  seat: number;
  state: string;
  current: { executor: string; job: string } | null;
  draining: { executor: string; death?: { isCounted: boolean; error: string } }[];
  deaths?: number;
  notBefore?: number;
  slots: number;
  slotsMax?: number;
};
type WatchdogRow = {
  _id: string;
  generation: number;
  job?: string;
  guard?: string;
  dueAt: number;
  suspects: { executor: string; looks: number }[];
};
type Job = { _id: string; name: string; state: { kind: string } };

/** Reads one seat. */
export async function seatRow(app: TestApp, seat = 0): Promise<SeatRow> {
  const rows = await app.rows<SeatRow>("seats");
  const row = rows.find((one) => one.seat === seat);
  if (!row) throw new Error(`Nothing was ever started on seat ${seat}.`);
  return row;
}

/** Reads the watchdog's row. */
export async function watchdogRow(app: TestApp): Promise<WatchdogRow> {
  const [row] = await app.rows<WatchdogRow>("watchdog");
  return row!;
}

/** Lists the runs of the watchdog that are still to come. */
export async function pendingRuns(app: TestApp): Promise<Job[]> {
  const jobs = await app.rows<Job>("_scheduled_functions");
  return jobs.filter(
    ({ name, state }) => name.includes("watching") && state.kind === "pending",
  );
}

/** Counts runs of the watchdog that did something. */
export async function countRuns(app: TestApp): Promise<number> {
  return (await watchdogRow(app)).generation;
}

/** Runs code with the context of a mutation of the component. */
export async function inComponent<T>(
  app: TestApp,
  body: (ctx: GenericMutationCtx<AnyDataModel>) => Promise<T>,
): Promise<T> {
  return await (await app.convex()).run(EXECUTOR, body);
}

export const RUN = makeFunctionReference<"mutation">("watching:run");

/** Loses the watchdog's next run, and with `andGuard` the one that stands in for it. */
export async function loseWatchdog(
  app: TestApp,
  how: "failed" | "canceled" | "missing",
  { andGuard }: { andGuard: boolean },
): Promise<void> {
  const job = how === "missing" ? await makeForgottenJob(app) : undefined;
  await inComponent(app, async (ctx) => {
    const row = (await ctx.db.query("watchdog").first())!;
    await ctx.scheduler.cancel(row.job as never);
    if (andGuard) await ctx.scheduler.cancel(row.guard as never);
    if (how === "canceled") return;
    // Arguments that do not validate fail a job, as does a run that takes too long.
    const failing = await ctx.scheduler.runAfter(0, RUN, { generation: "none" });
    await ctx.db.patch(row._id, { job: job ?? failing });
  });
  await app.runFor(100);
}

const forgotten = new WeakMap<TestApp, string>();

/** Makes a job that the platform has forgotten; to be called before anything is started. */
export async function makeForgottenJob(app: TestApp): Promise<string> {
  const known = forgotten.get(app);
  if (known !== undefined) return known;
  const job = await inComponent(app, async (ctx) =>
    ctx.scheduler.runAfter(0, RUN, { generation: -1 }),
  );
  await app.runFor(8 * DAY);
  // Old jobs are collected when the next one has ended.
  await inComponent(app, async (ctx) =>
    ctx.scheduler.runAfter(0, RUN, { generation: -1 }),
  );
  await app.runFor(1_000);
  forgotten.set(app, job);
  return job;
}
