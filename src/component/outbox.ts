/**
 * The outbox: callbacks of finished generations, each to be delivered once (P6, I6).
 *
 * Owns the `outbox` rows' coming and their state; `deliveries.ts` owns their going. A row is
 * inserted, blindly, by the transaction that ends its generation.
 */
import type { WorkflowOutcome } from "../shared/model.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import type { Generation } from "./journal.js";
import { wakeShards } from "./seats.js";

type Row = Doc<"outbox">;

/**
 * Records that a generation's callback is to be called, if it has one. A blind insert; the
 * seat is woken unless something has still to be removed before.
 */
export async function enqueueCallback(
  ctx: MutationCtx,
  workflow: Doc<"workflows">,
  outcome: WorkflowOutcome,
  options: { value: Doc<"workflows">["result"]; isHeld: boolean },
): Promise<void> {
  if (!workflow.onComplete) return;
  const { _id, generation, definition, shard, onComplete } = workflow;
  await ctx.db.insert("outbox", {
    shard,
    state: options.isHeld ? "held" : "due",
    dueAt: Date.now(),
    workflow: _id,
    generation,
    definition,
    ...onComplete,
    result: describeResult(outcome, options.value),
    attempts: 0,
  });
  if (!options.isHeld) await wakeShards(ctx, [shard]);
}

function describeResult(
  outcome: WorkflowOutcome,
  value: Doc<"workflows">["result"],
): Row["result"] {
  if (outcome.kind === "failed") return { kind: "failed", error: outcome.error.message };
  return value ? { kind: "success", value } : { kind: "canceled" };
}

/** Lets a callback go whose workflow has left nothing behind any more. */
export async function releaseCallback(ctx: MutationCtx, of: Generation): Promise<void> {
  const row = await loadCallback(ctx, of);
  if (row?.state !== "held") return;
  await ctx.db.patch("outbox", row._id, { state: "due", dueAt: Date.now() });
  await wakeShards(ctx, [row.shard]);
}

/** Loads the row of a generation whose callback has still to run. */
export async function loadCallback(ctx: QueryCtx, of: Generation): Promise<Row | null> {
  return await ctx.db
    .query("outbox")
    .withIndex("by_workflow", (q) =>
      q.eq("workflow", of.workflow).eq("generation", of.generation),
    )
    .unique();
}

/** Loads the callbacks of a shard that are due first, now or later. */
export async function loadCallbacks(
  ctx: QueryCtx,
  shard: number,
  limit: number,
): Promise<Row[]> {
  return await ctx.db
    .query("outbox")
    .withIndex("by_shard", (q) => q.eq("state", "due").eq("shard", shard))
    .take(limit);
}

/** Makes a parked callback due again (see `retryOutbox`). */
export async function retryCallback(ctx: MutationCtx, row: Row): Promise<void> {
  // As a retry and not as a first attempt: it takes no others along.
  const fields = { state: "due" as const, attempts: 1, dueAt: Date.now() };
  await ctx.db.patch("outbox", row._id, fields);
  await wakeShards(ctx, [row.shard]);
}
