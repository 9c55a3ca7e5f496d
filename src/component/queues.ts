/**
 * The two queues and the claims: where an unfinished workflow can stand (I1, I3).
 *
 * Owns the rows of `taskQueue`, `replayQueue` and `claims`. May not touch steps or states.
 * A row is only ever found by its workflow (a point range) or by its id, never by a scan:
 * scans belong to queries (P3), so starts never conflict with commits.
 */
import { QUARANTINE_SHARD } from "../shared/constants.js";
import { wakeShards } from "./seats.js";
import type { Doc, Id, MutationCtx, QueryCtx } from "./functions.js";

/** What a row of either queue, and a claim, say of their workflow. */
export type QueueKey = Pick<
  Doc<"claims">,
  "shard" | "workflowCreatedAt" | "workflow" | "generation" | "definition"
>;

/** Copies the key out of a queue's row or a claim. */
export function keyOf(row: QueueKey): QueueKey {
  const { shard, workflowCreatedAt, workflow, generation, definition } = row;
  return { shard, workflowCreatedAt, workflow, generation, definition };
}

/** Computes a workflow's key in the queues. */
export function queueKeyOf(workflow: Doc<"workflows">): QueueKey {
  const { _id, workflowCreatedAt, generation, definition } = workflow;
  const shard = isQuarantined(workflow) ? QUARANTINE_SHARD : workflow.shard;
  return { shard, workflowCreatedAt, workflow: _id, generation, definition };
}

/** Says whether a workflow stands apart, since its holders die (P9). */
export function isQuarantined({ suspicion, generation }: Doc<"workflows">): boolean {
  return suspicion?.generation === generation && suspicion.isQuarantined;
}

/** Loads the row of a workflow that has still to begin. */
export async function loadTask(
  ctx: QueryCtx,
  workflow: Id<"workflows">,
): Promise<Doc<"taskQueue"> | null> {
  return await ctx.db
    .query("taskQueue")
    .withIndex("by_workflow", (q) => q.eq("workflow", workflow))
    .unique();
}

/** Loads the row of a workflow whose handler has to advance. */
export async function loadReplay(
  ctx: QueryCtx,
  workflow: Id<"workflows">,
): Promise<Doc<"replayQueue"> | null> {
  return await ctx.db
    .query("replayQueue")
    .withIndex("by_workflow", (q) => q.eq("workflow", workflow))
    .unique();
}

/** Loads the claim of a hot workflow. */
export async function loadClaim(
  ctx: QueryCtx,
  workflow: Id<"workflows">,
): Promise<Doc<"claims"> | null> {
  return await ctx.db
    .query("claims")
    .withIndex("by_workflow", (q) => q.eq("workflow", workflow))
    .unique();
}

/** Queues a workflow to begin; the caller wakes the shard. A blind insert (P13). */
export async function enqueueTask(ctx: MutationCtx, key: QueueKey): Promise<void> {
  await ctx.db.insert("taskQueue", key);
}

/**
 * Says durably that a workflow's handler has to advance, and wakes its seat (P2). A
 * workflow has at most one row; a second signal is counted on it, so that a holder which
 * has only seen the first cannot end it.
 */
export async function signalWorkflow(ctx: MutationCtx, key: QueueKey): Promise<void> {
  const row = await loadReplay(ctx, key.workflow);
  if (row) await ctx.db.patch("replayQueue", row._id, { signals: row.signals + 1 });
  else await ctx.db.insert("replayQueue", { ...key, signals: 1 });
  await wakeShards(ctx, [key.shard]);
}

/** Records that an incarnation holds a workflow (I5). */
export async function insertClaim(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
  key: QueueKey,
): Promise<Doc<"claims">> {
  const id = await ctx.db.insert("claims", { executor, ...key });
  return { _id: id, _creationTime: key.workflowCreatedAt, executor, ...key };
}

/**
 * Ends a claim. Whatever makes a workflow claimable again also wakes its seat: a signal may
 * have come while it was held, and the executor it woke may be gone. With `requeue` the
 * workflow is queued for another holder; without, it is cold until somebody signals it.
 */
export async function releaseClaim(
  ctx: MutationCtx,
  claim: Doc<"claims">,
  options: { requeue: boolean },
): Promise<void> {
  await ctx.db.delete("claims", claim._id);
  if (await loadReplay(ctx, claim.workflow)) await wakeShards(ctx, [claim.shard]);
  else if (options.requeue) await signalWorkflow(ctx, keyOf(claim));
}

/** Takes a workflow out of every place it may stand in; nothing of it runs again (I2, P5). */
export async function withdrawWorkflow(
  ctx: MutationCtx,
  workflow: Id<"workflows">,
): Promise<void> {
  const [task, replay, claim] = await Promise.all([
    loadTask(ctx, workflow),
    loadReplay(ctx, workflow),
    loadClaim(ctx, workflow),
  ]);
  if (task) await ctx.db.delete("taskQueue", task._id);
  if (replay) await ctx.db.delete("replayQueue", replay._id);
  if (claim) await ctx.db.delete("claims", claim._id);
}
