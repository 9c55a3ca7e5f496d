/**
 * The tables of executors: seats, heartbeats, the watchdog, calls for help.
 *
 * Owns their shapes, and what is stored elsewhere of how executors die. Part of `schema.ts`.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";

/**
 * An incarnation on a seat: its heartbeat's id, and the scheduled job that runs it. One that
 * was found dead, or was fenced, carries how it ended: it is no member any more (P8).
 */
const vIncarnation = v.object({
  executor: v.id("heartbeats"),
  job: v.id("_scheduled_functions"),
  death: v.optional(v.object({ isCounted: v.boolean(), error: v.string() })),
});

/**
 * What deaths of its holders say of a workflow: how many in a row without progress, how many
 * of them while it was alone, and whether it stands in quarantine.
 */
export const vSuspicion = v.object({
  generation: v.number(),
  deaths: v.number(),
  alone: v.number(),
  isQuarantined: v.boolean(),
});

/**
 * One row per seat: who may claim and who may only commit (I8). Written when an executor
 * starts, hands over, leaves or dies, so that enqueues and commits can read it freely.
 * - `idle`: nobody is there; adding work starts an executor.
 * - `running`: `current` is there.
 * - `stopped`: an operator bumped the epoch; only `startExecutors` starts one again.
 */
export const seatsTable = defineTable({
  seat: v.number(),
  state: v.union(v.literal("idle"), v.literal("running"), v.literal("stopped")),
  epoch: v.number(),
  current: v.union(vIncarnation, v.null()),
  /** Predecessors that still commit, or are dead with claims still to be given back. */
  draining: v.array(vIncarnation),
  shards: v.array(v.number()),
  slots: v.number(),
  /** Deaths in a row that count, until when the seat waits after them (P8), ... */
  deaths: v.optional(v.number()),
  notBefore: v.optional(v.number()),
  /** ... and the slots that deaths by memory have left it (P9). */
  slotsMax: v.optional(v.number()),
  /** When an idle seat's executor starts by itself, and the job that starts it (P6). */
  wakeAt: v.optional(v.number()),
  wakeJob: v.optional(v.id("_scheduled_functions")),
})
  .index("by_seat", ["seat"])
  .index("by_state", ["state", "seat"]);

/**
 * One row per incarnation; its id is the executor's. Written by each of its commits, so
 * nothing that others read often lives here.
 */
export const heartbeatsTable = defineTable({
  seat: v.number(),
  startedAt: v.number(),
  at: v.number(),
  /** Number of the last commit applied (P4). */
  commitSeq: v.number(),
  /** Which of its entries were lost: their claims were gone. Absent if none was. */
  lost: v.optional(v.array(v.number())),
  /** The largest share of a platform limit that one of its commits used (I9). */
  limitShare: v.number(),
  /** Whether one of its commits has settled a step or ended a workflow (P9). */
  hasProgressed: v.optional(v.boolean()),
});

/**
 * One row per claim that was taken from an executor that may live (`revocations.ts`):
 * inserted by whoever takes it, read by each of the executor's commits, deleted by the one
 * that has heard of it.
 */
export const revocationsTable = defineTable({
  executor: v.id("heartbeats"),
  claim: v.id("claims"),
}).index("by_executor", ["executor"]);

/**
 * One row once anything has run: the watchdog's chain of jobs (P8). Written by each of its
 * runs, twice a minute while an executor is there; read when an executor starts.
 */
export const watchdogTable = defineTable({
  /** Which run may go on; whoever takes it adds one. */
  generation: v.number(),
  /** The next run and the one that stands in for it; absent while nobody has to look. */
  job: v.optional(v.id("_scheduled_functions")),
  guard: v.optional(v.id("_scheduled_functions")),
  dueAt: v.number(),
  /** The first seat of the next look. */
  fromSeat: v.number(),
  /** Executors whose last sign of life is old. */
  suspects: v.array(
    v.object({
      seat: v.number(),
      executor: v.id("heartbeats"),
      at: v.number(),
      looks: v.number(),
    }),
  ),
});

/**
 * At most one row per seat: its executor has more to do than it can, and calls for help
 * (P18). Written when that begins, every few seconds while idle seats are woken for it, and
 * when it is over; read by executors that have nothing to do.
 */
export const helpCallsTable = defineTable({
  seat: v.number(),
  /** Its shards with most candidates, and how many of each the executor takes next itself. */
  behind: v.array(v.object({ shard: v.number(), skip: v.number() })),
}).index("by_seat", ["seat"]);
