/**
 * Parents: what a child's end means to the workflow that waits for it (P2).
 *
 * Owns the settling of a parent's step, once: by the child that it was started for, in the
 * generation that started it, unless the step was settled by another end before.
 */
import {
  isFinished,
  STEP_DEFINITION,
  type Outcome,
  type WorkflowOutcome,
} from "../shared/model.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import { loadStep, settleStep } from "./journal.js";
import { queueKeyOf, signalWorkflow } from "./queues.js";

type Workflow = Doc<"workflows">;

/** A parent, and the step by which it waits for a child. */
export type WaitingParent = { parent: Workflow; step: Doc<"steps"> };

/** Finds who waits for this workflow; null if nobody does, or not any more. */
export async function loadWaitingParent(
  ctx: QueryCtx,
  child: Workflow,
): Promise<WaitingParent | null> {
  if (!child.parent) return null;
  const [parent, step] = await Promise.all([
    ctx.db.get("workflows", child.parent.workflow),
    loadStep(ctx, child.parent, child.parent.number),
  ]);
  const isWaiting =
    parent && !isFinished(parent.state) && parent.generation === child.parent.generation;
  return isWaiting && step ? { parent, step } : null;
}

/** Settles the step by which a parent waits for this workflow. */
export async function tellParent(
  ctx: MutationCtx,
  { parent, step }: WaitingParent,
  child: Workflow,
  { outcome, settledAt }: { outcome: WorkflowOutcome; settledAt: number },
): Promise<void> {
  const settled = resolveStepOutcome(child, outcome);
  const isSettled = await settleStep(ctx, step, settled, settledAt);
  if (isSettled && parent.state !== "parked")
    await signalWorkflow(ctx, queueKeyOf(parent), step.number);
}

function resolveStepOutcome(child: Workflow, outcome: WorkflowOutcome): Outcome {
  switch (outcome.kind) {
    case "completed":
      return outcome;
    case "failed":
      // A dispatched step is its parent's own: its error, too.
      if (child.definition === STEP_DEFINITION) return outcome;
      return {
        kind: "failed",
        error: {
          ...outcome.error,
          message: `Child workflow ${child.definition} (${child._id}) failed: ${outcome.error.message}`,
          code: resolveCode(outcome.error.code),
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

/** A child's own end by cancel or timeout must not look like its parent's. */
function resolveCode(code: string | undefined): string {
  const isOfItsEnd = code === "CANCELED" || code === "WORKFLOW_TIMEOUT";
  return code === undefined || isOfItsEnd ? "CHILD_FAILED" : code;
}
