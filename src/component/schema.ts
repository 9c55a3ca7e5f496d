/**
 * The component's tables.
 *
 * Hot fields live apart from cold ones: no row that many transactions read is written
 * often, and no row counts anything globally. Each table says who writes it, how often,
 * and why it is a table of its own.
 */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { vGateUse } from "../shared/gates.js";
import {
  vInherited,
  vLayout,
  vOutcome,
  vSerializedError,
  vStepFields,
  vTimerKind,
  vValue,
  vWorkflowState,
} from "../shared/model.js";
import { eventTables } from "./eventTables.js";
import { gateTables } from "./gateTables.js";

import { outboxTable, vCallback, vEnding } from "./endShapes.js";
import {
  heartbeatsTable,
  revocationsTable,
  helpCallsTable,
  seatsTable,
  vSuspicion,
  watchdogTable,
} from "./seatShapes.js";

export default defineSchema({
  ...eventTables,

  /**
   * One row: the layout in force. Written when the app's options change; read by every
   * start, so it must stay rare to write.
   */
  config: defineTable({
    ...vLayout.fields,
    seats: v.number(),
    /** The `seats` option as the app gave it; absent when the class decides. */
    seatsAsked: v.optional(v.number()),
    /** The class that `seats` was sized for. */
    deployment: v.string(),
    /** Definitions that an operator has paused. */
    paused: v.optional(v.array(v.string())),
    /** Shards that ever were in use; see `Layout`. */
    served: v.number(),
    /** Seats that ever were; absent where code wrote this row that did not count them. */
    seatsEver: v.optional(v.number()),
  }),

  /**
   * One row per workflow. Written by start, begin, finish, restart, park and cancel: a
   * handful of times in a life, never per step. Read by claims and by status queries.
   */
  workflows: defineTable({
    definition: v.string(),
    shard: v.number(),
    /** Milliseconds; the key of all ordering. A child has its parent's, `priority` moves it ahead. */
    workflowCreatedAt: v.number(),
    /** Restarting adds one; outcomes belong to a generation (P11). */
    generation: v.number(),
    state: vWorkflowState,
    args: v.id("payloads"),
    key: v.optional(v.string()),
    /** The gate that it passes before it begins, and holds until it ends (P15). */
    gate: v.optional(vGateUse),
    argsDigest: v.optional(v.string()),
    parent: v.optional(
      v.object({
        workflow: v.id("workflows"),
        generation: v.number(),
        number: v.number(),
      }),
    ),
    /** The handler's first `Date.now()`. */
    startedAt: v.optional(v.number()),
    finishedAt: v.optional(v.number()),
    result: v.optional(v.id("payloads")),
    error: v.optional(vSerializedError),
    /** Steps delivered after the last row and before the outcome (P1). */
    after: v.optional(v.array(v.number())),
    /** The code that could not run it (P12). */
    parkedBy: v.optional(v.string()),
    /** Executors that died with it, in this generation; see `quarantine.ts` (P9). */
    suspicion: v.optional(vSuspicion),
    /** How it is made to end while its handler may still clean up (P11). */
    ending: v.optional(vEnding),
    /** Milliseconds from its start, or restart, until it fails. */
    timeoutMs: v.optional(v.number()),
    /** When that is, of this generation: nobody takes it up from then on who has not been told. */
    timeoutAt: v.optional(v.number()),
    /** Milliseconds its handler may clean up when it is canceled; the default if absent. */
    graceMs: v.optional(v.number()),
    /** What to call when a generation ends, with the context it was given (P11). */
    onComplete: v.optional(v.object(vCallback.fields)),
    /** The last generation whose `onComplete` has run (I6). */
    notified: v.optional(v.number()),
    /** Milliseconds after its end at which it is deleted; never if absent. */
    retentionMs: v.optional(v.number()),
    /** It is being deleted; `isPartial`: some of it is gone. */
    expiring: v.optional(v.object({ isPartial: v.boolean() })),
    /** Which older generations hold the first steps of this one's journal (P11). */
    inherits: v.optional(v.array(vInherited)),
  })
    .index("by_key", ["definition", "key"])
    // Not the start of another index: its rows come in the order of creation.
    // eslint-disable-next-line @convex-dev/no-duplicate-indexes
    .index("by_definition", ["definition"])
    .index("by_definition_and_state", ["definition", "state"])
    // eslint-disable-next-line @convex-dev/no-duplicate-indexes
    .index("by_state", ["state"])
    .index("by_parked", ["state", "parkedBy"])
    // Children that were told of an end have a deadline, so that nobody tells them again.
    .index("by_parent", [
      "parent.workflow",
      "parent.generation",
      "state",
      "ending.deadline",
    ]),

  /**
   * Arguments and results of workflows, written once. Apart from `workflows`, so that
   * listing and claiming never read a large value.
   */
  payloads: defineTable({ value: vValue }),

  /**
   * The journal: one row per step. Written twice per local step (started, settled), by the
   * holder's commits, by a mutation step's own transaction, or by whoever settles it from
   * outside. Read by replay and by status queries alone.
   */
  steps: defineTable({
    workflow: v.id("workflows"),
    generation: v.number(),
    ...vStepFields,
    /** Attempts that ended in an error; interrupted ones are in `attempts` alone. */
    failures: v.number(),
    startedAt: v.number(),
    /** How often in a row it was refused with `retry-after`; no failures (P15). */
    refusals: v.optional(v.number()),
    /** Since when it waits for what it waits for, if that is not `startedAt`. */
    since: v.optional(v.number()),
    lastError: v.optional(vSerializedError),
    child: v.optional(v.id("workflows")),
    work: v.optional(v.string()),
    outcome: v.optional(vOutcome),
    settledAt: v.optional(v.number()),
  })
    .index("by_workflow", ["workflow", "generation", "number"])
    .index("by_open", ["workflow", "generation", "settledAt", "kind"]),

  /**
   * Workflows to begin, oldest first. Inserted by start, deleted by the claim that begins
   * them: the scanned range holds ready rows alone (D3).
   */
  taskQueue: defineTable({
    shard: v.number(),
    workflowCreatedAt: v.number(),
    workflow: v.id("workflows"),
    generation: v.number(),
    definition: v.string(),
  })
    .index("by_shard", ["shard", "workflowCreatedAt"])
    .index("by_workflow", ["workflow"]),

  /**
   * Signals: each row says that a workflow's handler has to advance (P2). Inserted blindly
   * by whoever settles a wait from outside the holder, so that settlers never conflict;
   * deleted by id by the commit of the holder that has seen it. `number` is the step that
   * was settled; without it the row only says "advance".
   */
  replayQueue: defineTable({
    shard: v.number(),
    workflowCreatedAt: v.number(),
    workflow: v.id("workflows"),
    generation: v.number(),
    definition: v.string(),
    number: v.optional(v.number()),
  })
    .index("by_shard", ["shard", "workflowCreatedAt"])
    .index("by_workflow", ["workflow", "generation"]),

  /**
   * What an incarnation holds: one row per hot workflow (I3, I5). Inserted by its commit,
   * deleted by its commit, by recovery, or by cancel; never patched. It carries what the
   * hot path needs of the workflow, whose own row is then not read.
   */
  claims: defineTable({
    executor: v.id("heartbeats"),
    shard: v.number(),
    workflowCreatedAt: v.number(),
    workflow: v.id("workflows"),
    generation: v.number(),
    definition: v.string(),
  })
    .index("by_executor", ["executor"])
    .index("by_workflow", ["workflow"])
    .index("by_shard", ["shard"]),

  outbox: outboxTable,

  /**
   * Work that is due at a time: far sleeps, starts and backoffs. Inserted blindly with
   * what waits for it, deleted by `fireTimers` or by whoever ends the wait. Executors read
   * its head, and a seat without an executor is woken at its earliest row (P6).
   */
  timers: defineTable({
    shard: v.number(),
    dueAt: v.number(),
    kind: vTimerKind,
    workflow: v.id("workflows"),
    generation: v.number(),
    number: v.optional(v.number()),
    /** Why its handler threw; it is tried again at `dueAt`. */
    trouble: v.optional(v.string()),
  })
    .index("by_shard", ["shard", "dueAt"])
    .index("by_workflow", ["workflow", "generation", "number"]),

  // Who executes, and who sees to it: `seatShapes.ts`.
  seats: seatsTable,
  heartbeats: heartbeatsTable,
  revocations: revocationsTable,
  watchdog: watchdogTable,
  helpCalls: helpCallsTable,

  ...gateTables,
});
