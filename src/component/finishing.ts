/**
 * Ends of workflows (P11).
 *
 * Owns the one routine through which every workflow ends, whoever ends it: its handler, a
 * cancel, a timeout, an operator, an error. An outcome is written once per generation (I2);
 * a parent that waits is settled and signalled, and the callback is enqueued (I6), in the
 * same transaction. What the workflow leaves behind is removed there too if it is little,
 * and else by pages of their own, after which the callback is let go.
 */
import { LEFTOVERS_INLINE, LEFTOVERS_PAGE } from "../shared/constants.js";
import { describeAbandoned } from "../shared/ends.js";
import { isFinished, type WorkflowOutcome } from "../shared/model.js";
import { scheduleExpiry } from "./expiry.js";
import type { Doc, Id, MutationCtx, QueryCtx } from "./functions.js";
import { givePassBack, loadPassOf } from "./gatePasses.js";
import type { Generation } from "./journal.js";
import { findLeftovers, removeLeftovers } from "./leftovers.js";
import { enqueueCallback, releaseCallback } from "./outbox.js";
import { loadWaitingParent, tellParent, type WaitingParent } from "./parents.js";
import { loadClaim, loadTask, queueKeyOf, type QueueKey } from "./queues.js";
import type { Ended, Leftover } from "./removal.js";
import { revokeClaim } from "./revocations.js";
import { scheduleTimer, type Fired } from "./timers.js";

type Workflow = Doc<"workflows">;

/** Where a workflow stands that ends, who waits for it, and what it leaves behind. */
export type EndReads = {
  task: Doc<"taskQueue"> | null;
  claim: Doc<"claims"> | null;
  pass: Doc<"gatePasses"> | null;
  waiting: WaitingParent | null;
  leftovers: Leftover[];
};

/**
 * Reads what the end of a workflow has to know: all of it together, and before anything is
 * written, as that is what the platform does at a time. A holder brings its claim, and says
 * whether all that was ever done for the workflow was done by its holders (`isLocal`).
 */
export async function readEnd(
  ctx: QueryCtx,
  workflow: Workflow,
  known: { claim?: Doc<"claims">; isLocal?: boolean } = {},
): Promise<EndReads> {
  const { claim: held, isLocal = false } = known;
  const [task, claim, pass, waiting, leftovers] = await Promise.all([
    held ? null : loadTask(ctx, workflow._id), // held, it has begun (I3)
    held ?? loadClaim(ctx, workflow._id),
    loadPassOf(ctx, workflow),
    loadWaitingParent(ctx, workflow),
    findLeftovers(ctx, workflow, { isLocal }),
  ]);
  return { task, claim, pass, waiting, leftovers };
}

type EndOptions = {
  /** Numbers of the steps that it had awaited when its handler ended. */
  after?: number[];
  reads?: EndReads | undefined;
  /** The executor that says so; from any other the claim is taken away. */
  holder?: Id<"heartbeats">;
};

/**
 * Ends a workflow; does nothing if it has ended. Says whether it did. One that is being
 * canceled, or has timed out, ends as that, whatever its handler answered.
 */
export async function finishWorkflow(
  ctx: MutationCtx,
  workflow: Workflow,
  answered: WorkflowOutcome,
  { after = [], reads, holder }: EndOptions = {},
): Promise<boolean> {
  if (isFinished(workflow.state)) return false;
  const outcome = workflow.ending?.outcome ?? answered;
  const finishedAt = Date.now();
  const { task, claim, pass, waiting, leftovers } =
    reads ?? (await readEnd(ctx, workflow));
  if (task) await ctx.db.delete("taskQueue", task._id);
  if (claim && claim.executor !== holder) await revokeClaim(ctx, claim);
  else if (claim) await ctx.db.delete("claims", claim._id);
  if (pass) await givePassBack(ctx, pass);
  const stored = await storeOutcome(ctx, outcome);
  await ctx.db.patch("workflows", workflow._id, {
    state: outcome.kind,
    finishedAt,
    after,
    parkedBy: undefined,
    ending: undefined,
    error: undefined,
    ...stored,
  });
  if (waiting)
    await tellParent(ctx, waiting, workflow, { outcome, settledAt: finishedAt });
  const isHeld = !(await clearLeftovers(ctx, queueKeyOf(workflow), leftovers));
  await enqueueCallback(ctx, workflow, outcome, { value: stored.result, isHeld });
  await scheduleExpiry(ctx, workflow, finishedAt);
  return true;
}

async function storeOutcome(
  ctx: MutationCtx,
  outcome: WorkflowOutcome,
): Promise<Pick<Workflow, "result" | "error">> {
  switch (outcome.kind) {
    case "completed":
      return { result: await ctx.db.insert("payloads", { value: outcome.value }) };
    case "failed":
      return { error: outcome.error };
    case "canceled":
      return outcome.reason === undefined
        ? {}
        : { error: { name: "Canceled", message: outcome.reason } };
  }
}

/**
 * Removes what a generation that is over has left behind, of all kinds or of those that were
 * found: at once if it is little, else by a `finish` timer, in pages. Answers whether nothing
 * is left.
 */
export async function clearLeftovers(
  ctx: MutationCtx,
  key: QueueKey,
  found?: readonly Leftover[],
): Promise<boolean> {
  const over = describeOver(key);
  const { hasMore } = await removeLeftovers(ctx, over, LEFTOVERS_INLINE, found);
  if (hasMore) await scheduleTimer(ctx, key, "finish", Date.now());
  return !hasMore;
}

/** Removes a page of leftovers; after the last one the callback is let go. */
export async function goOnFinishing(ctx: MutationCtx, of: Generation): Promise<Fired> {
  const removed = await removeLeftovers(ctx, describeOver(of), LEFTOVERS_PAGE);
  if (!removed.hasMore) await releaseCallback(ctx, of);
  return { documents: removed.documents + 1, again: removed.hasMore };
}

function describeOver({ workflow, generation }: Generation): Ended {
  const error = describeAbandoned();
  return { workflow, generation, isOver: true, error, at: Date.now() };
}
