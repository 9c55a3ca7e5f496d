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
import type { Doc, MutationCtx } from "./functions.js";
import { loadStep, settleStep } from "./journal.js";
import { queueKeyOf, signalWorkflow } from "./queues.js";

type Workflow = Doc<"workflows">;

/** Settles the step by which a parent waits for this workflow, if it still does. */
export async function tellParent(
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
