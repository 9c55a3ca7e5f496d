/**
 * The tables of gates (P15), a part of the schema.
 *
 * Owns who writes what, how often, and why each is a table of its own.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vGateGroup, vGateLimits, vGateRun } from "../shared/gates.js";
import { vToldLimit } from "../shared/limits.js";
import { vPace } from "../shared/pacing.js";

/** What an operator has set of a gate's limits; null lifts what the code declares. */
export const vGateOverride = v.object({
  rate: v.optional(v.union(v.number(), v.null())),
  per: v.optional(v.number()),
  concurrency: v.optional(v.union(v.number(), v.null())),
  adaptive: v.optional(v.boolean()),
});

export const gateTables = {
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
    /** Nothing passes before, and when that was said; 0 if it never was closed. */
    closedUntil: v.number(),
    closedAt: v.number(),
    /** When the newest request was sent that a provider refused; 0 if none was. */
    refusedAt: v.number(),
    /** Changes with the limits: grants of another version are void. */
    version: v.number(),
    /** When its limits changed last; what was learned before does not count. */
    changedAt: v.number(),
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
    /** What an adaptive gate has learned. */
    pace: v.optional(vPace),
  }).index("by_key", ["key"]),

  /**
   * One row per gate and executor: what it asks for and has given back. Written by that
   * executor's trades, alone or with its commits; dropped with the executor.
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
    /** What it was told last of the provider's limit. */
    told: v.optional(vToldLimit),
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
};
