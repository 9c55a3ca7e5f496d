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
import type { Doc, MutationCtx } from "./functions.js";
import { dropPass } from "./gatePasses.js";
import type { Generation } from "./journal.js";
import { removeLeftovers } from "./leftovers.js";
import { enqueueCallback, releaseCallback } from "./outbox.js";
import { tellParent } from "./parents.js";
import { queueKeyOf, withdrawWorkflow, type QueueKey } from "./queues.js";
import type { Ended } from "./removal.js";
import { scheduleTimer, type Fired } from "./timers.js";

type Workflow = Doc<"workflows">;

/**
 * Ends a workflow; does nothing if it has ended. Says whether it did. One that is being
 * canceled, or has timed out, ends as that, whatever its handler answered.
 */
export async function finishWorkflow(
  ctx: MutationCtx,
  workflow: Workflow,
  answered: WorkflowOutcome,
  after: number[] = [],
): Promise<boolean> {
  if (isFinished(workflow.state)) return false;
  const outcome = workflow.ending?.outcome ?? answered;
  const finishedAt = Date.now();
  await withdrawWorkflow(ctx, workflow._id);
  await dropPass(ctx, workflow);
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
  await tellParent(ctx, workflow, outcome, finishedAt);
  const isHeld = !(await clearLeftovers(ctx, queueKeyOf(workflow)));
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
 * Removes what a generation that is over has left behind: at once if it is little, else by a
 * `finish` timer, in pages. Answers whether nothing is left.
 */
export async function clearLeftovers(ctx: MutationCtx, key: QueueKey): Promise<boolean> {
  const { hasMore } = await removeLeftovers(ctx, describeOver(key), LEFTOVERS_INLINE);
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
