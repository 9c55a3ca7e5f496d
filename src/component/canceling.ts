/**
 * Cancels, timeouts and deadlines of workflows (P11).
 *
 * Owns what each does to a workflow, wherever it stands. Everybody who cancels, for
 * whatever reason, comes here.
 */
import {
  CANCEL_GRACE_MS,
  FINISH_DOCUMENTS,
  LEFTOVERS_INLINE,
  LEFTOVERS_PAGE,
  LEFTOVERS_PAGE_BYTES,
} from "../shared/constants.js";
import { describeEnd, resolveCanceled, resolveTimedOut } from "../shared/ends.js";
import { isFinished, type ImposedOutcome } from "../shared/model.js";
import { measureValue } from "../shared/sizes.js";
import { imposeEnd, type EndingWorkflow } from "./endings.js";
import { finishWorkflow } from "./finishing.js";
import type { Doc, MutationCtx } from "./functions.js";
import { settleStep, streamOpenSteps } from "./journal.js";
import { removeLeftovers } from "./leftovers.js";
import { hasBegun, queueKeyOf, signalWorkflow, withdrawWorkflow } from "./queues.js";
import type { Removal } from "./removal.js";
import { scheduleTimer, type Fired } from "./timers.js";

type Workflow = Doc<"workflows">;

/** What the end of the settling writes: the workflow, its signal, its claim and what revokes it. */
const SETTLED_DOCUMENTS = 4;

/**
 * Cancels a workflow. One that has not begun, or is given no grace, ends at once; another
 * sees its open steps fail, and ends when its handler does, or at the deadline. Says
 * whether that changed anything: not if it has ended, or is being ended already; then a
 * shorter grace still counts.
 */
export async function requestCancel(
  ctx: MutationCtx,
  workflow: Workflow,
  options: { reason?: string | undefined; graceMs?: number | undefined } = {},
): Promise<boolean> {
  const outcome = resolveCanceled(options.reason);
  return await requestEnd(ctx, workflow, outcome, options.graceMs);
}

async function requestEnd(
  ctx: MutationCtx,
  workflow: Workflow,
  outcome: ImposedOutcome,
  askedMs: number | undefined,
): Promise<boolean> {
  if (isFinished(workflow.state)) return false;
  const graceMs = askedMs ?? workflow.graceMs ?? CANCEL_GRACE_MS;
  const isAtOnce =
    graceMs === 0 && (workflow.ending === undefined || askedMs !== undefined);
  if (isAtOnce || (!hasBegun(workflow) && !workflow.ending))
    return await finishWorkflow(ctx, workflow, outcome);
  if (workflow.ending) {
    if (askedMs !== undefined) await hasten(ctx, workflow, workflow.ending, askedMs);
    return false;
  }
  const ending = await imposeEnd(ctx, workflow, outcome, graceMs);
  const { hasMore } = await settleEnding(ctx, ending, LEFTOVERS_INLINE);
  if (hasMore) await scheduleTimer(ctx, queueKeyOf(workflow), "cancel", Date.now());
  return true;
}

/** Moves the deadline forward; one that is earlier stays. */
async function hasten(
  ctx: MutationCtx,
  workflow: Workflow,
  ending: EndingWorkflow["ending"],
  graceMs: number,
): Promise<void> {
  const deadline = Date.now() + graceMs;
  if (deadline >= ending.deadline) return;
  await ctx.db.patch("workflows", workflow._id, { ending: { ...ending, deadline } });
  await scheduleTimer(ctx, queueKeyOf(workflow), "deadline", deadline);
}

/**
 * Settles a page of what the workflow waits for: whatever waits elsewhere is withdrawn, then
 * its open steps fail. After the last page the handler is signalled (E1, E2).
 */
async function settleEnding(
  ctx: MutationCtx,
  workflow: EndingWorkflow,
  room: number,
): Promise<Removal> {
  const { ending, generation } = workflow;
  const error = describeEnd(ending.outcome);
  const { at } = ending;
  const of = { workflow: workflow._id, generation, isOver: false, error, at };
  const removed = await removeLeftovers(ctx, of, room);
  if (removed.hasMore) return removed;
  let documents = removed.documents;
  let bytes = 0;
  for await (const step of streamOpenSteps(ctx, of)) {
    if (documents >= room || bytes >= LEFTOVERS_PAGE_BYTES)
      return { documents, hasMore: true };
    bytes += measureValue(step).bytes;
    await settleStep(ctx, step, { kind: "failed", error }, at);
    documents += 1;
  }
  // Somebody may have taken it up who had not heard of its end.
  await withdrawWorkflow(ctx, workflow._id);
  const settled = { ...ending, isSettling: false };
  await ctx.db.patch("workflows", workflow._id, { ending: settled });
  await signalWorkflow(ctx, queueKeyOf(workflow));
  return { documents, hasMore: false };
}

/** Goes on ending a workflow: one that never began is over, another has steps to settle. */
export async function goOnEnding(ctx: MutationCtx, workflow: Workflow): Promise<Fired> {
  const { ending } = workflow;
  if (!ending || isFinished(workflow.state)) return { documents: 0 };
  if (!hasBegun(workflow)) return await end(ctx, workflow, ending.outcome);
  if (!ending.isSettling) return { documents: 0 };
  const { documents, hasMore } = await settleEnding(
    ctx,
    { ...workflow, ending },
    LEFTOVERS_PAGE,
  );
  return { documents: documents + SETTLED_DOCUMENTS, again: hasMore };
}

/** Ends a workflow whose handler has had its grace. */
export async function endAtDeadline(
  ctx: MutationCtx,
  workflow: Workflow,
): Promise<Fired> {
  const { ending } = workflow;
  const isDue = ending !== undefined && Date.now() >= ending.deadline;
  if (!isDue) return { documents: 0 };
  return await end(ctx, workflow, ending.outcome);
}

/** Fails a workflow that takes longer than it may. */
export async function timeOut(ctx: MutationCtx, workflow: Workflow): Promise<Fired> {
  const { definition, timeoutMs = 0 } = workflow;
  const outcome = resolveTimedOut(definition, timeoutMs);
  await requestEnd(ctx, workflow, outcome, undefined);
  return { documents: FINISH_DOCUMENTS + LEFTOVERS_INLINE };
}

async function end(
  ctx: MutationCtx,
  workflow: Workflow,
  outcome: ImposedOutcome,
): Promise<Fired> {
  await finishWorkflow(ctx, workflow, outcome);
  return { documents: FINISH_DOCUMENTS + LEFTOVERS_INLINE };
}
