/**
 * The component's tables.
 *
 * Hot fields live apart from cold ones: no row that many transactions read is written
 * often, and no row counts anything globally. Each table says who writes it, how often,
 * and why it is a table of its own.
 */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { vGateGroup, vGateLimits, vGateRun, vGateUse } from "../shared/gates.js";
import {
  vLayout,
  vOutcome,
  vSerializedError,
  vStepFields,
  vValue,
  vWorkflowState,
} from "../shared/model.js";

/** An incarnation on a seat: its heartbeat's id, and the scheduled job that runs it. */
export const vIncarnation = v.object({
  executor: v.id("heartbeats"),
  job: v.id("_scheduled_functions"),
});

/** What an operator has set of a gate's limits; null lifts what the code declares. */
export const vGateOverride = v.object({
  rate: v.optional(v.union(v.number(), v.null())),
  per: v.optional(v.number()),
  concurrency: v.optional(v.union(v.number(), v.null())),
});

export default defineSchema({
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
    /** Shards that ever were in use; see `Layout`. */
    served: v.number(),
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
  })
    .index("by_key", ["definition", "key"])
    // Not the start of another index: its rows come in the order of creation.
    // eslint-disable-next-line @convex-dev/no-duplicate-indexes
    .index("by_definition", ["definition"])
    .index("by_definition_and_state", ["definition", "state"])
    .index("by_state", ["state", "parkedBy"])
    .index("by_parent", ["parent.workflow", "state"]),

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
    lastError: v.optional(vSerializedError),
    child: v.optional(v.id("workflows")),
    work: v.optional(v.string()),
    outcome: v.optional(vOutcome),
    settledAt: v.optional(v.number()),
  })
    .index("by_workflow", ["workflow", "generation", "number"])
    .index("by_open", ["workflow", "generation", "settledAt"]),

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
   * Workflows whose handler has to advance, at most one row each (P2). Inserted by whoever
   * settles a wait from outside the holder, deleted by the commit that records the turn.
   * `signals` counts settlements, so that a commit never ends a signal it has not seen.
   */
  replayQueue: defineTable({
    shard: v.number(),
    workflowCreatedAt: v.number(),
    workflow: v.id("workflows"),
    generation: v.number(),
    definition: v.string(),
    signals: v.number(),
  })
    .index("by_shard", ["shard", "workflowCreatedAt"])
    .index("by_workflow", ["workflow"]),

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

  /**
   * One row per seat: who may claim and who may only commit (I8). Written when an executor
   * starts, hands over, leaves or dies, so that enqueues and commits can read it freely.
   * - `idle`: nobody is there; adding work starts an executor.
   * - `running`: `current` is there.
   * - `stopped`: an operator bumped the epoch; only `startExecutors` starts one again.
   */
  seats: defineTable({
    seat: v.number(),
    state: v.union(v.literal("idle"), v.literal("running"), v.literal("stopped")),
    epoch: v.number(),
    current: v.union(vIncarnation, v.null()),
    /** Predecessors that still commit, or are dead with claims still to be given back. */
    draining: v.array(vIncarnation),
    shards: v.array(v.number()),
    slots: v.number(),
  }).index("by_seat", ["seat"]),

  /**
   * One row per incarnation; its id is the executor's. Written by each of its commits, so
   * nothing that others read often lives here.
   */
  heartbeats: defineTable({
    seat: v.number(),
    startedAt: v.number(),
    at: v.number(),
    /** Number of the last commit applied (P4). */
    commitSeq: v.number(),
    /** The largest share of a platform limit that one of its commits used (I9). */
    limitShare: v.number(),
  }),

  /**
   * One row per gate (P15): its limits. Written when the code declares others, by operators,
   * and when a `retry-after` closes it; read by every trade, so it must stay rare to write.
   */
  gates: defineTable({
    key: v.string(),
    /** Limits as the code has them, and how young the workflow is that brought them. */
    declared: vGateLimits,
    declaredBy: v.number(),
    /** Limits that an operator has set; each wins over the code's until it is cleared. */
    override: v.optional(vGateOverride),
    paused: v.boolean(),
    /** Nothing passes before; 0 if it never was closed. */
    closedUntil: v.number(),
    /** Changes with the limits: grants of another version are void. */
    version: v.number(),
  }).index("by_key", ["key"]),

  /**
   * One row per gate: the state of its allocator. Written once a second by the leader while
   * anybody waits; read by others in snapshots alone, so that they do not conflict.
   */
  gateAllocations: defineTable({
    key: v.string(),
    /** The executor that allocates; null if the last allocation left nobody waiting. */
    leader: v.union(v.id("heartbeats"), v.null()),
    allocatedAt: v.number(),
    /** When the rate allows the next grant. */
    nextAt: v.number(),
    /** Weight of workflows that passed the gate and have not ended. */
    kept: v.number(),
    version: v.number(),
  }).index("by_key", ["key"]),

  /**
   * One row per gate and executor: what it asks for and has given back. Written by that
   * executor's trades, once a second at most; dropped with the executor.
   */
  gateDemands: defineTable({
    key: v.string(),
    executor: v.id("heartbeats"),
    at: v.number(),
    seen: v.number(),
    released: v.number(),
    waiting: v.array(vGateGroup),
    /** Steps and workflows that wait, all counted. */
    count: v.number(),
  })
    .index("by_key", ["key", "executor"])
    .index("by_executor", ["executor"]),

  /**
   * One row per gate and executor: the weight ever granted to it, and the grants it had not
   * seen when it last asked.
   * Inserted by the executor's first trade, written by the leader, dropped with the executor.
   */
  gateGrants: defineTable({
    key: v.string(),
    executor: v.id("heartbeats"),
    granted: v.number(),
    runs: v.array(vGateRun),
    version: v.number(),
  })
    .index("by_key", ["key", "executor"])
    .index("by_executor", ["executor"]),

  /**
   * One row per workflow that has passed its own gate and has not ended. Inserted by the
   * commit that claims it, deleted when it ends; survives executors.
   */
  gatePasses: defineTable({
    key: v.string(),
    workflow: v.id("workflows"),
    weight: v.number(),
  })
    .index("by_key", ["key"])
    .index("by_workflow", ["workflow"]),

  /**
   * Passes taken and given back that no allocation has counted yet. Inserted blindly with
   * every change of `gatePasses`; counted into `kept` and deleted by the leader.
   */
  gateMoves: defineTable({ key: v.string(), weight: v.number() }).index("by_key", [
    "key",
  ]),
});
