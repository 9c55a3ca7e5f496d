/**
 * What bulk operations do to the rows of queues, claims and failed workflows.
 *
 * Owns the settling of one row; which rows is decided in `bulkVerbs.ts`. Each answers how
 * many documents it may have written.
 */
import {
  FINISH_DOCUMENTS,
  LEFTOVERS_PAGE,
  OPEN_STEPS_MAX,
  RESTART_DOCUMENTS,
} from "../shared/constants.js";
import { assert, isExecutorError } from "../shared/errors.js";
import { isSettledOutside } from "../shared/model.js";
import { removeWaiters } from "./eventWaiters.js";
import { finishWorkflow } from "./finishing.js";
import type { Doc, MutationCtx } from "./functions.js";
import { loadOpenSteps, settleStep } from "./journal.js";
import { keyOf, signalWorkflow } from "./queues.js";
import { restartWorkflow } from "./restart.js";
import { revokeClaim } from "./revocations.js";
import { dropTimers } from "./timers.js";

async function loadOf(
  ctx: MutationCtx,
  row: Doc<"taskQueue" | "replayQueue" | "claims">,
): Promise<Doc<"workflows">> {
  const workflow = await ctx.db.get("workflows", row.workflow);
  assert(workflow, `invariant I3: a row names workflow ${row.workflow}, which is gone`);
  return workflow;
}

/** Fails a workflow that waits to begin. */
export async function failQueued(
  ctx: MutationCtx,
  row: Doc<"taskQueue">,
): Promise<number> {
  const error = failure("An operator called failPendingTasks.");
  await finishWorkflow(ctx, await loadOf(ctx, row), { kind: "failed", error });
  return FINISH_DOCUMENTS;
}

/** Cancels a workflow that waits in a queue. */
export async function clearQueued(
  ctx: MutationCtx,
  row: Doc<"taskQueue"> | Doc<"replayQueue">,
  name: string,
): Promise<number> {
  const reason = `An operator called ${name}.`;
  await finishWorkflow(ctx, await loadOf(ctx, row), { kind: "canceled", reason });
  return FINISH_DOCUMENTS;
}

/**
 * Fails what a hot workflow is running: its claim is revoked, its open steps fail, and it
 * is queued, so that its handler sees the failures and the workflow completes as one. One
 * that is between two steps has nothing to see, and would go on; it fails as a whole.
 */
export async function failRunning(ctx: MutationCtx, row: Doc<"claims">): Promise<number> {
  const key = keyOf(row);
  const steps = await loadOpenSteps(ctx, key, OPEN_STEPS_MAX);
  const error = failure("An operator called failPendingTasks with includeRunning.");
  // What waits outside leaves rows behind elsewhere; with very many, the end pages them away.
  const outside = steps.filter((step) => isSettledOutside(step));
  if (steps.length === 0 || outside.length > LEFTOVERS_PAGE) {
    await finishWorkflow(ctx, await loadOf(ctx, row), { kind: "failed", error });
    return FINISH_DOCUMENTS;
  }
  const settledAt = Date.now();
  for (const step of steps)
    await settleStep(ctx, step, { kind: "failed", error }, settledAt);
  for (const { number } of outside) {
    await removeWaiters(ctx, key, number);
    await dropTimers(ctx, key, number);
  }
  await revokeClaim(ctx, row);
  await signalWorkflow(ctx, key);
  return steps.length + 2 * outside.length + FINISH_DOCUMENTS;
}

/** Restarts a workflow; one that cannot restart from its failure is left as it is. */
export async function restartFailed(
  ctx: MutationCtx,
  workflow: Doc<"workflows">,
  { fromFailure }: { fromFailure?: boolean | undefined },
): Promise<number> {
  try {
    await restartWorkflow(ctx, workflow, fromFailure ? { fromFailure } : {});
    return RESTART_DOCUMENTS;
  } catch (error) {
    // It is refused before anything is written.
    if (isExecutorError(error, "RESTART_REFUSED")) return 0;
    throw error;
  }
}

function failure(message: string) {
  return {
    name: "FailedByOperator",
    message,
    code: "FAILED_BY_OPERATOR" as const,
    nonRetryable: true,
  };
}
