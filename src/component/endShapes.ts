/**
 * How ends of workflows are stored: on the workflow, and in the outbox (P11, P6).
 *
 * Owns the shapes; a part of the schema.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vSerializedError, vImposedOutcome } from "../shared/model.js";

/** What to call when a workflow ends: a mutation's handle, and what it was given to pass on. */
export const vCallback = v.object({
  fn: v.string(),
  context: v.optional(v.id("payloads")),
});

/** How a generation ended, as its callback is told. */
export const vCallbackResult = v.union(
  v.object({ kind: v.literal("success"), value: v.id("payloads") }),
  v.object({ kind: v.literal("failed"), error: v.string() }),
  v.object({ kind: v.literal("canceled") }),
);

/** How a workflow that has begun is made to end (P11). */
export const vEnding = v.object({
  /** How it ends, whatever its handler still answers. */
  outcome: vImposedOutcome,
  /** When that was decided: the time at which its open steps failed. */
  at: v.number(),
  /** When it ends, if its handler has not ended by then. */
  deadline: v.number(),
  /** The first step that was not in the journal then. */
  number: v.number(),
  /** Whether open steps have still to be settled; nobody may take it up until then. */
  isSettling: v.boolean(),
});

/**
 * Callbacks to deliver, one row per finished generation whose workflow asked for one
 * (I6). Inserted blindly by the end of the workflow; deleted by the transaction that runs
 * the callback. It carries all that the callback is told, so that a restart may change
 * the workflow meanwhile.
 * - `held`: what the workflow left behind is still being removed.
 * - `due`: to be delivered at `dueAt`.
 * - `parked`: it has failed too often, and waits for an operator.
 */
export const outboxTable = defineTable({
  shard: v.number(),
  state: v.union(v.literal("held"), v.literal("due"), v.literal("parked")),
  dueAt: v.number(),
  workflow: v.id("workflows"),
  generation: v.number(),
  definition: v.string(),
  ...vCallback.fields,
  result: vCallbackResult,
  /** Attempts counted so far; each is counted before it begins. */
  attempts: v.number(),
  lastError: v.optional(vSerializedError),
})
  .index("by_shard", ["state", "shard", "dueAt"])
  .index("by_workflow", ["workflow", "generation"]);
