/**
 * The shape of a diagnosis.
 *
 * Owns validators alone.
 */
import { v, type Infer } from "convex/values";
import { vFinding } from "./findings.js";
import { vGateReport } from "./gateReports.js";

export const vIncarnationReport = v.object({
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
      /** When it starts an executor by itself. */
      wakeAt: v.optional(v.number()),
      current: v.union(vIncarnationReport, v.null()),
      draining: v.array(vIncarnationReport),
    }),
  ),
  /** Shards with work; number 10,000 is that of suspects. Depths are exact up to `countedTo`. */
  busy: v.array(
    v.object({
      shard: v.number(),
      tasks: v.number(),
      oldestTaskAgeMs: v.optional(v.number()),
      replays: v.number(),
      oldestReplayAgeMs: v.optional(v.number()),
      claims: v.number(),
      /** Timers that are due, the time of the next one, and why one cannot be fired. */
      dueTimers: v.number(),
      nextTimerAt: v.optional(v.number()),
      timerTrouble: v.optional(v.string()),
      /** Callbacks to be delivered. */
      callbacks: v.number(),
      oldestCallbackAgeMs: v.optional(v.number()),
    }),
  ),
  countedTo: v.number(),
  /** Workflows set aside, and why; at most `countedTo`. */
  parked: v.array(
    v.object({
      id: v.string(),
      definition: v.string(),
      reason: v.string(),
      /** The code that could not run it, to be given to `unpark`. */
      parkedBy: v.optional(v.string()),
    }),
  ),
  /** Definitions that are paused. */
  paused: v.array(v.string()),
  /** Callbacks that have failed too often; at most `countedTo`. */
  parkedCallbacks: v.array(
    v.object({
      workflow: v.string(),
      definition: v.string(),
      attempts: v.number(),
      error: v.optional(v.string()),
    }),
  ),
  /** The first gates by key: what they may let through, what was learned, what they do. */
  gates: v.array(vGateReport),
  /** Whether a run of the watchdog is scheduled. */
  isWatched: v.boolean(),
  /** What is wrong, and what to do, the worst first; of the shards that this call covers. */
  findings: v.array(vFinding),
  /** The first shard of the next call; null after the last. */
  nextShard: v.union(v.number(), v.null()),
});
export type Diagnosis = Infer<typeof vDiagnosis>;
