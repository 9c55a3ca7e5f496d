/**
 * The diagnosis: who serves what, how deep the queues are, how old their heads.
 *
 * Owns a bounded, read-only view for operators; counts stop at DIAGNOSE_COUNT_MAX.
 */
import { v, type Infer } from "convex/values";
import {
  DIAGNOSE_COUNT_MAX,
  DIAGNOSE_SHARDS_MAX,
  QUARANTINE_SHARD,
  SHARDS_MAX,
} from "../shared/constants.js";
import { checkWhole } from "../shared/ranges.js";
import { loadConfig } from "./config.js";
import type { Doc, QueryCtx } from "./functions.js";
import type { Incarnation } from "./incarnations.js";

const vIncarnationReport = v.object({
  executor: v.string(),
  /** The state of its scheduled job; "missing" after the platform forgot it. */
  job: v.string(),
  jobError: v.optional(v.string()),
  /** How it ended, once that is noted: it is no member any more. */
  death: v.optional(v.string()),
  heartbeatAgeMs: v.optional(v.number()),
  commits: v.optional(v.number()),
  /** Claims, counted up to a bound. */
  claims: v.number(),
});

export const vDiagnoseArgs = v.object({
  /** First shard to look at; a call covers a bounded number. */
  fromShard: v.optional(v.number()),
});
export const vDiagnosis = v.object({
  shards: v.number(),
  seats: v.array(
    v.object({
      seat: v.number(),
      state: v.string(),
      epoch: v.number(),
      slots: v.number(),
      /** Deaths in a row, until when it waits after them, and the slots they have left it. */
      deaths: v.optional(v.number()),
      notBefore: v.optional(v.number()),
      slotsMax: v.optional(v.number()),
      current: v.union(vIncarnationReport, v.null()),
      draining: v.array(vIncarnationReport),
    }),
  ),
  /** Shards with work; number 1000 is that of suspects. Depths are exact up to `countedTo`. */
  busy: v.array(
    v.object({
      shard: v.number(),
      tasks: v.number(),
      oldestTaskAgeMs: v.optional(v.number()),
      replays: v.number(),
      oldestReplayAgeMs: v.optional(v.number()),
      claims: v.number(),
    }),
  ),
  countedTo: v.number(),
  /** Workflows set aside, and why; at most `countedTo`. */
  parked: v.array(
    v.object({ id: v.string(), definition: v.string(), reason: v.string() }),
  ),
  /** The first shard of the next call; null after the last. */
  nextShard: v.union(v.number(), v.null()),
});
type Diagnosis = Infer<typeof vDiagnosis>;

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
    if (report.tasks + report.replays + report.claims > 0) busy.push(report);
  }
  const suspects = await reportShard(ctx, QUARANTINE_SHARD);
  if (suspects.replays + suspects.claims > 0) busy.push(suspects);
  const seats = await ctx.db.query("seats").withIndex("by_seat").take(DIAGNOSE_COUNT_MAX);
  return {
    shards: config?.shards ?? 0,
    seats: await Promise.all(seats.map(async (seat) => await reportSeat(ctx, seat))),
    busy,
    countedTo: DIAGNOSE_COUNT_MAX,
    parked: await reportParked(ctx),
    nextShard: end < served ? end : null,
  };
}

async function reportSeat(
  ctx: QueryCtx,
  row: Doc<"seats">,
): Promise<Diagnosis["seats"][number]> {
  const { seat, state, epoch, slots, current, draining } = row;
  const { deaths, notBefore, slotsMax } = row;
  return {
    seat,
    state,
    epoch,
    slots,
    ...(deaths === undefined ? {} : { deaths }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(slotsMax === undefined ? {} : { slotsMax }),
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
  return {
    shard,
    tasks: tasks.length,
    ...(oldestTaskAgeMs === undefined ? {} : { oldestTaskAgeMs }),
    replays: replays.length,
    ...(oldestReplayAgeMs === undefined ? {} : { oldestReplayAgeMs }),
    claims: claims.length,
  };
}

async function reportParked(ctx: QueryCtx): Promise<Diagnosis["parked"]> {
  const parked = await ctx.db
    .query("workflows")
    .withIndex("by_state", (q) => q.eq("state", "parked"))
    .take(DIAGNOSE_COUNT_MAX);
  return parked.map(({ _id, definition, error }) => ({
    id: _id,
    definition,
    reason: error?.message ?? "unknown",
  }));
}
