/**
 * Ends of workflows (P11).
 *
 * Owns the one routine through which every workflow ends, whoever ends it: its handler, a
 * cancel, an operator, an error. An outcome is written once per generation (I2); a parent
 * that waits is settled and signalled in the same transaction (P2).
 */
import { internal } from "./_generated/api.js";
import { internalMutation } from "./_generated/server.js";
import { v } from "convex/values";
import { CHILDREN_PAGE } from "../shared/constants.js";
import { isFinished, type Outcome, type WorkflowOutcome } from "../shared/model.js";
import type { Doc, MutationCtx } from "./functions.js";
import { dropPass } from "./gatePasses.js";
import { loadStep, settleStep, type Generation } from "./journal.js";
import { queueKeyOf, signalWorkflow, withdrawWorkflow } from "./queues.js";

type Workflow = Doc<"workflows">;

/** Ends a workflow; does nothing if it has ended. Says whether it did. */
export async function finishWorkflow(
  ctx: MutationCtx,
  workflow: Workflow,
  outcome: WorkflowOutcome,
  after: number[] = [],
): Promise<boolean> {
  if (isFinished(workflow.state)) return false;
  const finishedAt = Date.now();
  await withdrawWorkflow(ctx, workflow._id);
  await dropPass(ctx, workflow);
  await ctx.db.patch("workflows", workflow._id, {
    state: outcome.kind,
    finishedAt,
    after,
    parkedBy: undefined,
    ...(await storeOutcome(ctx, outcome)),
  });
  await tellParent(ctx, workflow, outcome, finishedAt);
  await ensureChildrenEnd(ctx, {
    workflow: workflow._id,
    generation: workflow.generation,
  });
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

/** Settles the step by which a parent waits for this workflow, if it still does. */
async function tellParent(
  ctx: MutationCtx,
  child: Workflow,
  outcome: WorkflowOutcome,
  settledAt: number,
): Promise<void> {
  if (!child.parent) return;
  const parent = await ctx.db.get("workflows", child.parent.workflow);
  if (!parent || isFinished(parent.state)) return;
  if (parent.generation !== child.parent.generation) return;
  const step = await loadStep(ctx, child.parent, child.parent.number);
  if (!step) return;
  const isSettled = await settleStep(
    ctx,
    step,
    resolveStepOutcome(child, outcome),
    settledAt,
  );
  if (isSettled && parent.state !== "parked")
    await signalWorkflow(ctx, queueKeyOf(parent));
}

function resolveStepOutcome(child: Workflow, outcome: WorkflowOutcome): Outcome {
  switch (outcome.kind) {
    case "completed":
      return outcome;
    case "failed":
      return {
        kind: "failed",
        error: {
          ...outcome.error,
          message: `Child workflow ${child.definition} (${child._id}) failed: ${outcome.error.message}`,
          code: outcome.error.code ?? "CHILD_FAILED",
        },
      };
    case "canceled":
      return {
        kind: "failed",
        error: {
          name: "ChildCanceled",
          message: `Child workflow ${child.definition} (${child._id}) was canceled${outcome.reason ? `: ${outcome.reason}` : ""}.`,
          code: "CHILD_CANCELED",
          nonRetryable: true,
        },
      };
  }
}

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
