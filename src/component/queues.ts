/**
 * The two queues and the claims: where an unfinished workflow can stand (I1, I3).
 *
 * Owns the rows of `taskQueue`, `replayQueue` and `claims`. May not touch steps or states.
 * A row is only ever found by its workflow (a point range) or by its id, never by a scan:
 * scans belong to queries (P3), so starts never conflict with commits.
 */
import { QUARANTINE_SHARD } from "../shared/constants.js";
import type { Doc, Id, MutationCtx, QueryCtx } from "./functions.js";
import type { Generation } from "./journal.js";
import type { Ended, Removal } from "./removal.js";
import { revokeClaim } from "./revocations.js";
import { wakeShards } from "./seats.js";

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

/** Says whether a workflow's handler has ever run; one that was paused may not have. */
export function hasBegun({ startedAt }: Doc<"workflows">): boolean {
  return startedAt !== undefined;
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

/** Loads the signals of a generation, the first ones first. */
export async function loadSignals(
  ctx: QueryCtx,
  { workflow, generation }: Generation,
  limit: number,
): Promise<Doc<"replayQueue">[]> {
  return await ctx.db
    .query("replayQueue")
    .withIndex("by_workflow", (q) =>
      q.eq("workflow", workflow).eq("generation", generation),
    )
    .take(limit);
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
 * Says durably that a workflow's handler has to advance, and wakes its seat (P2). A blind
 * insert: however many settle steps of one workflow at once, none waits for another.
 * `number` names the step that was settled; leave it out to say just "advance".
 */
export async function signalWorkflow(
  ctx: MutationCtx,
  key: QueueKey,
  number?: number,
): Promise<void> {
  await ctx.db.insert("replayQueue", {
    ...keyOf(key),
    ...(number === undefined ? {} : { number }),
  });
  await wakeShards(ctx, [key.shard]);
}

/** Records that an incarnation holds a workflow (I5). */
export async function insertClaim(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
  row: QueueKey,
): Promise<Doc<"claims">> {
  const fields = { executor, ...keyOf(row) };
  const id = await ctx.db.insert("claims", fields);
  return { _id: id, _creationTime: row.workflowCreatedAt, ...fields };
}

/**
 * Ends a claim. Whatever makes a workflow claimable again also wakes its seat: a signal may
 * have come while it was held, and the executor it woke may be gone. With `requeue` the
 * workflow is queued for another holder; without, it is cold until somebody signals it.
 * Reads no signal, so that a settler at the same time is no conflict.
 */
export async function releaseClaim(
  ctx: MutationCtx,
  claim: Doc<"claims">,
  options: { requeue: boolean },
): Promise<void> {
  await ctx.db.delete("claims", claim._id);
  if (options.requeue) await signalWorkflow(ctx, claim);
  else await wakeShards(ctx, [claim.shard]);
}

/** Takes a workflow out of its queue and out of its claim; nothing of it runs again (I2, P5). */
export async function withdrawWorkflow(
  ctx: MutationCtx,
  workflow: Id<"workflows">,
): Promise<void> {
  const [task, claim] = await Promise.all([
    loadTask(ctx, workflow),
    loadClaim(ctx, workflow),
  ]);
  if (task) await ctx.db.delete("taskQueue", task._id);
  if (claim) await revokeClaim(ctx, claim);
}

/** Whether a generation has signals. */
export async function hasSignals(ctx: QueryCtx, of: Generation): Promise<boolean> {
  return (await loadSignals(ctx, of, 1)).length > 0;
}

/**
 * Removes signals of a generation that has ended, whoever has seen them: a leftover of its
 * end. One that is being ended keeps them: they are how it is taken up.
 */
export async function removeSignals(
  ctx: MutationCtx,
  of: Ended,
  room: number,
): Promise<Removal> {
  return of.isOver ? await dropSignals(ctx, of, room) : { documents: 0, hasMore: false };
}

/** Removes a page of a generation's signals. */
export async function dropSignals(
  ctx: MutationCtx,
  of: Generation,
  room: number,
): Promise<Removal> {
  const rows = await loadSignals(ctx, of, room + 1);
  const page = rows.slice(0, room);
  for (const { _id } of page) await ctx.db.delete("replayQueue", _id);
  return { documents: page.length, hasMore: rows.length > room };
}
