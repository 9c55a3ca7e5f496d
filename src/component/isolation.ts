/**
 * Isolated steps: actions that run on `@convex-dev/workpool`, outside every executor.
 *
 * Owns the hand-over to the pool and the settling of what comes back (P2). For CPU-heavy
 * or Node work that must not share an executor's heap.
 */
import { Workpool, vOnCompleteArgs, type WorkId } from "@convex-dev/workpool";
import type { FunctionHandle } from "convex/server";
import { v, type Value } from "convex/values";
import { components, internal } from "./_generated/api.js";
import { internalMutation } from "./_generated/server.js";
import type { Operation } from "../shared/commit.js";
import { ISOLATED_DOCUMENTS } from "../shared/constants.js";
import { isFinished, type Outcome } from "../shared/model.js";
import type { MutationCtx, QueryCtx } from "./functions.js";
import { resolveReturned } from "../shared/outcomes.js";
import { loadOpenStepsOf, loadStep, settleStep, type Generation } from "./journal.js";
import { queueKeyOf, signalWorkflow, type QueueKey } from "./queues.js";
import type { Ended, Removal } from "./removal.js";

const pool = new Workpool(components.workpool, {});

/** Hands an action to the pool; its completion settles the step. */
export async function startIsolated(
  ctx: MutationCtx,
  key: QueueKey,
  { number, dueAt }: { number: number; dueAt?: number },
  { handle, args, retry }: NonNullable<Extract<Operation, { op: "step" }>["isolated"]>,
): Promise<WorkId> {
  const { workflow, generation } = key;
  return await pool.enqueueAction(ctx, handle as FunctionHandle<"action">, args, {
    onComplete: internal.isolation.complete,
    context: { workflow, generation, number },
    retry: retry ?? false,
    ...(dueAt === undefined ? {} : { runAt: dueAt }),
  });
}

/** Settles the step of an isolated action, and signals its workflow. */
export const complete = internalMutation({
  args: vOnCompleteArgs(
    v.object({ workflow: v.id("workflows"), generation: v.number(), number: v.number() }),
  ),
  returns: v.null(),
  handler: async (ctx, { context, result }) => {
    const workflow = await ctx.db.get("workflows", context.workflow);
    const isWaiting =
      workflow &&
      workflow.generation === context.generation &&
      !isFinished(workflow.state);
    if (!isWaiting) return null;
    const step = await loadStep(ctx, context, context.number);
    if (!step) return null;
    const isSettled = await settleStep(ctx, step, resolveOutcome(result), Date.now());
    if (isSettled && workflow.state !== "parked") {
      await signalWorkflow(ctx, queueKeyOf(workflow), context.number);
    }
    return null;
  },
});

/** Whether the pool has still to do something for a generation. */
export async function hasIsolatedWork(ctx: QueryCtx, of: Generation): Promise<boolean> {
  return (await loadOpenStepsOf(ctx, of, "isolated", 1)).length > 0;
}

/**
 * Cancels what the pool has still to do for a generation that ends, a page at a time. The
 * steps are settled, so that the pool's late answers find nothing to settle. Each is a call
 * of the pool: where there is no room for one, the next page does it.
 */
export async function cancelIsolatedWork(
  ctx: MutationCtx,
  of: Ended,
  room: number,
): Promise<Removal> {
  const limit = Math.floor(room / ISOLATED_DOCUMENTS);
  const open = await loadOpenStepsOf(ctx, of, "isolated", limit + 1);
  const page = open.slice(0, limit);
  for (const step of page) {
    // Nobody waits for it any more; what runs there runs on.
    if (step.work !== undefined) await pool.cancel(ctx, step.work as WorkId);
    await settleStep(ctx, step, { kind: "failed", error: of.error }, of.at);
  }
  return { documents: page.length * ISOLATED_DOCUMENTS, hasMore: open.length > limit };
}

type PoolResult =
  | { kind: "success"; returnValue: Value | undefined }
  | { kind: "failed"; error: string }
  | { kind: "canceled" };

function resolveOutcome(result: PoolResult): Outcome {
  switch (result.kind) {
    case "success":
      return resolveReturned(result.returnValue, "the result of the isolated step");
    case "failed":
      return { kind: "failed", error: { name: "Error", message: result.error } };
    case "canceled":
      return {
        kind: "failed",
        error: { name: "Canceled", message: "The step was canceled in its workpool." },
      };
  }
}
