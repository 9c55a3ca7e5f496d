/**
 * The diagnosis: who serves what, how deep the queues are, how old their heads.
 *
 * Owns a bounded, read-only view for operators; counts stop at DIAGNOSE_COUNT_MAX.
 */
import type { Infer } from "convex/values";
import {
  DIAGNOSE_COUNT_MAX,
  DIAGNOSE_SHARDS_MAX,
  QUARANTINE_SHARD,
  SHARDS_MAX,
} from "../shared/constants.js";
import { checkWhole } from "../shared/ranges.js";
import { loadConfig } from "./config.js";
import type { Diagnosis, vDiagnoseArgs, vIncarnationReport } from "./diagnosisShapes.js";
import { listFindings } from "./findings.js";
import type { Doc, QueryCtx } from "./functions.js";
import { reportGates } from "./gateReports.js";
import type { Incarnation } from "./incarnations.js";
import { PAUSED } from "./parking.js";
import { loadTimers } from "./timers.js";
import { hasPendingRun } from "./watchdog.js";

/** Reports on seats and on a range of shards. */
export async function readDiagnosis(
  ctx: QueryCtx,
  { fromShard = 0 }: Infer<typeof vDiagnoseArgs>,
): Promise<Diagnosis> {
  checkWhole("fromShard", fromShard, 0, SHARDS_MAX);
  const config = await loadConfig(ctx);
  const served = config?.served ?? 0;
  const end = Math.min(served, fromShard + DIAGNOSE_SHARDS_MAX);
  const busy: Diagnosis["busy"] = [];
  for (let shard = fromShard; shard < end; shard += 1) {
    const report = await reportShard(ctx, shard);
    const { tasks, replays, claims, dueTimers, callbacks } = report;
    if (tasks + replays + claims + dueTimers + callbacks > 0) busy.push(report);
  }
  const suspects = await reportShard(ctx, QUARANTINE_SHARD);
  if (suspects.replays + suspects.claims > 0) busy.push(suspects);
  const rows = await ctx.db.query("seats").withIndex("by_seat").take(DIAGNOSE_COUNT_MAX);
  const seats = await Promise.all(rows.map(async (seat) => await reportSeat(ctx, seat)));
  const parked = await reportParked(ctx);
  const facts = {
    busy,
    paused: config?.paused ?? [],
    parkedCallbacks: await reportParkedCallbacks(ctx),
    gates: await reportGates(ctx),
    isWatched: await hasPendingRun(ctx),
  };
  const findings = listFindings({
    ...facts,
    now: Date.now(),
    seats: seats.map((seat, index) => ({ ...seat, shards: rows[index]!.shards })),
    parked: parked.map((one) => ({ ...one, isPaused: one.parkedBy === PAUSED })),
  });
  return {
    shards: config?.shards ?? 0,
    seats,
    ...facts,
    countedTo: DIAGNOSE_COUNT_MAX,
    parked,
    findings,
    nextShard: end < served ? end : null,
  };
}

async function reportSeat(
  ctx: QueryCtx,
  row: Doc<"seats">,
): Promise<Diagnosis["seats"][number]> {
  const { seat, state, epoch, slots, current, draining } = row;
  const { deaths, notBefore, slotsMax, wakeAt } = row;
  return {
    seat,
    state,
    epoch,
    slots,
    ...(deaths === undefined ? {} : { deaths }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(slotsMax === undefined ? {} : { slotsMax }),
    ...(wakeAt === undefined ? {} : { wakeAt }),
    current: current && (await reportIncarnation(ctx, current)),
    draining: await Promise.all(draining.map((one) => reportIncarnation(ctx, one))),
  };
}

async function reportIncarnation(
  ctx: QueryCtx,
  { executor, job: jobId, death }: Incarnation,
): Promise<Infer<typeof vIncarnationReport>> {
  const [job, heartbeat, claims] = await Promise.all([
    ctx.db.system.get("_scheduled_functions", jobId),
    ctx.db.get("heartbeats", executor),
    ctx.db
      .query("claims")
      .withIndex("by_executor", (q) => q.eq("executor", executor))
      .take(DIAGNOSE_COUNT_MAX),
  ]);
  return {
    executor,
    job: job?.state.kind ?? "missing",
    ...(death ? { death: death.error } : {}),
    ...(job?.state.kind === "failed" ? { jobError: job.state.error } : {}),
    ...(heartbeat
      ? { heartbeatAgeMs: Date.now() - heartbeat.at, commits: heartbeat.commitSeq }
      : {}),
    claims: claims.length,
  };
}

async function reportShard(
  ctx: QueryCtx,
  shard: number,
): Promise<Diagnosis["busy"][number]> {
  const read = async (table: "taskQueue" | "replayQueue") =>
    await ctx.db
      .query(table)
      .withIndex("by_shard", (q) => q.eq("shard", shard))
      .take(DIAGNOSE_COUNT_MAX);
  const [tasks, replays, claims] = await Promise.all([
    read("taskQueue"),
    read("replayQueue"),
    ctx.db
      .query("claims")
      .withIndex("by_shard", (q) => q.eq("shard", shard))
      .take(DIAGNOSE_COUNT_MAX),
  ]);
  const age = (row: { _creationTime: number } | undefined) =>
    row === undefined ? undefined : Date.now() - row._creationTime;
  const oldestTaskAgeMs = age(tasks[0]);
  const oldestReplayAgeMs = age(replays[0]);
  const timers = await loadTimers(ctx, shard, DIAGNOSE_COUNT_MAX);
  const callbacks = await ctx.db
    .query("outbox")
    .withIndex("by_shard", (q) => q.eq("state", "due").eq("shard", shard))
    .take(DIAGNOSE_COUNT_MAX);
  const oldestCallbackAgeMs = age(callbacks[0]);
  const nextTimerAt = timers[0]?.dueAt;
  const timerTrouble = timers.find(({ trouble }) => trouble !== undefined)?.trouble;
  return {
    shard,
    tasks: tasks.length,
    ...(oldestTaskAgeMs === undefined ? {} : { oldestTaskAgeMs }),
    replays: replays.length,
    ...(oldestReplayAgeMs === undefined ? {} : { oldestReplayAgeMs }),
    claims: claims.length,
    dueTimers: timers.filter(({ dueAt }) => dueAt <= Date.now()).length,
    ...(nextTimerAt === undefined ? {} : { nextTimerAt }),
    ...(timerTrouble === undefined ? {} : { timerTrouble }),
    callbacks: callbacks.length,
    ...(oldestCallbackAgeMs === undefined ? {} : { oldestCallbackAgeMs }),
  };
}

async function reportParkedCallbacks(
  ctx: QueryCtx,
): Promise<Diagnosis["parkedCallbacks"]> {
  const parked = await ctx.db
    .query("outbox")
    .withIndex("by_shard", (q) => q.eq("state", "parked"))
    .take(DIAGNOSE_COUNT_MAX);
  return parked.map(({ workflow, definition, attempts, lastError }) => ({
    workflow,
    definition,
    attempts,
    ...(lastError ? { error: lastError.message } : {}),
  }));
}

async function reportParked(ctx: QueryCtx): Promise<Diagnosis["parked"]> {
  const parked = await ctx.db
    .query("workflows")
    .withIndex("by_state", (q) => q.eq("state", "parked"))
    .take(DIAGNOSE_COUNT_MAX);
  return parked.map(({ _id, definition, error, parkedBy }) => ({
    id: _id,
    definition,
    reason: error?.message ?? "unknown",
    ...(parkedBy === undefined ? {} : { parkedBy }),
  }));
}
