/**
 * Ends of workflows (P11).
 *
 * Owns the one routine through which every workflow ends, whoever ends it: its handler, a
 * cancel, a timeout, an operator, an error. An outcome is written once per generation (I2);
 * a parent that waits is settled and signalled, and the callback is enqueued (I6), in the
 * same transaction. What the workflow leaves behind is removed there too if it is little,
 * and else by pages of their own, after which the callback is let go.
 */
import { v } from "convex/values";
import { CHILDREN_PAGE, LEFTOVERS_INLINE, LEFTOVERS_PAGE } from "../shared/constants.js";
import { isFinished, type WorkflowOutcome } from "../shared/model.js";
import { internal } from "./_generated/api.js";
import { internalMutation } from "./_generated/server.js";
import { scheduleExpiry } from "./expiry.js";
import type { Doc, MutationCtx } from "./functions.js";
import { dropPass } from "./gatePasses.js";
import type { Generation } from "./journal.js";
import { removeLeftovers } from "./leftovers.js";
import { enqueueCallback, releaseCallback } from "./outbox.js";
import { tellParent } from "./parents.js";
import { withdrawWorkflow } from "./queues.js";

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
  const of = { workflow: workflow._id, generation: workflow.generation };
  await ensureChildrenEnd(ctx, of);
  const isHeld = !(await clearLeftovers(ctx, of));
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
 * Removes what a generation that is over has left behind: at once if it is little, else in
 * pages of their own. Answers whether nothing is left.
 */
export async function clearLeftovers(ctx: MutationCtx, of: Generation): Promise<boolean> {
  const { hasMore } = await removeLeftovers(ctx, of, LEFTOVERS_INLINE);
  if (hasMore) await ctx.scheduler.runAfter(0, internal.finishing.sweep, of);
  return !hasMore;
}

/** Removes a page of leftovers; after the last one the callback is let go. */
export const sweep = internalMutation({
  args: { workflow: v.id("workflows"), generation: v.number() },
  returns: v.null(),
  handler: async (ctx, of) => {
    const { hasMore } = await removeLeftovers(ctx, of, LEFTOVERS_PAGE);
    if (hasMore) await ctx.scheduler.runAfter(0, internal.finishing.sweep, of);
    else await releaseCallback(ctx, of);
    return null;
  },
});

/**
 * Children of a workflow that ended have nobody to answer to. They are canceled by a
 * mutation of their own, a page at a time: a commit must not grow with somebody's fan-out.
 */
export async function ensureChildrenEnd(ctx: MutationCtx, of: Generation): Promise<void> {
  const children = await loadLiveChildren(ctx, of, 1);
  if (children.length === 0) return;
  await ctx.scheduler.runAfter(0, internal.finishing.cancelChildren, of);
}

/** Cancels a page of children, and schedules itself for the next. */
export const cancelChildren = internalMutation({
  args: { workflow: v.id("workflows"), generation: v.number() },
  returns: v.null(),
  handler: async (ctx, of) => {
    const children = await loadLiveChildren(ctx, of, CHILDREN_PAGE);
    for (const child of children) {
      await finishWorkflow(ctx, child, {
        kind: "canceled",
        reason: `its parent ${of.workflow} is finished`,
      });
    }
    await ensureChildrenEnd(ctx, of);
    return null;
  },
});

async function loadLiveChildren(
  ctx: MutationCtx,
  of: Generation,
  limit: number,
): Promise<Workflow[]> {
  const live: Workflow[] = [];
  for (const state of ["pending", "running", "parked"] as const) {
    const page = await ctx.db
      .query("workflows")
      .withIndex("by_parent", (q) =>
        q
          .eq("parent.workflow", of.workflow)
          .eq("parent.generation", of.generation)
          .eq("state", state),
      )
      .take(limit - live.length);
    live.push(...page);
    if (live.length >= limit) break;
  }
  return live;
}
