/**
 * What can be done to workflows that exist, and to all of them at once.
 *
 * Owns the public methods for it; `Executor` adds them to its own.
 */
import { getFunctionName } from "convex/server";
import { resolveCancel, type CancelOptions } from "./completion.js";
import { EventSender } from "./eventSender.js";
import type { WorkflowId, WorkflowReference, WriteCtx } from "./types.js";

export abstract class Levers extends EventSender {
  /**
   * Cancels a workflow, with time to clean up; see {@link CancelOptions}. Answers false if it
   * has ended, or is being ended. @throws `UNKNOWN_WORKFLOW`, `INVALID_OPTIONS`.
   */
  async cancel(
    ctx: WriteCtx,
    id: WorkflowId,
    options: string | CancelOptions = {},
  ): Promise<boolean> {
    const { cancel } = this.component.workflows;
    return await ctx.runMutation(cancel, { id, ...resolveCancel(options) });
  }

  /**
   * Runs a workflow again, in its next generation, whatever it is doing: waiting to begin,
   * running, parked or finished. Answers the generation's number. In a mutation it restarts
   * exactly if the mutation commits.
   *
   * By default it begins anew, with the same arguments and its old place in line. With
   * `fromStep`, a number or a name as `listSteps` shows them (of several with one name the
   * last one), the steps before it keep their outcomes, and it and all that follow run
   * again. With `fromFailure` that step is the first that has not completed; if all have,
   * only what follows the last one runs again. Steps that run again have other idempotency
   * keys.
   *
   * Whatever runs of the old generation is aborted within a heartbeat and recorded nowhere;
   * its live children are canceled. A parent that still waits for the workflow gets the
   * outcome of the new generation; one that was told an outcome keeps it.
   *
   * @throws `RESTART_REFUSED` if there is no such step or one before it has not settled;
   * `UNKNOWN_WORKFLOW`. Nothing has changed then.
   *
   * @example
   * ```ts
   * // After a deploy that repairs what step "tone" does:
   * await executor.restart(ctx, id, { fromStep: "tone" });
   * ```
   */
  async restart(
    ctx: WriteCtx,
    id: WorkflowId,
    options: { fromStep?: number | string; fromFailure?: boolean } = {},
  ): Promise<{ generation: number }> {
    const args = { id, ...options };
    return { generation: await ctx.runMutation(this.component.workflows.restart, args) };
  }

  /**
   * Deletes a finished workflow: its children, steps and payloads of all generations, and
   * itself. A large one goes in pages, in the background; until it is gone it cannot be
   * restarted. One whose `onComplete` has still to run waits for that. Its key is free
   * again. With `cancel`, a workflow that runs is canceled, and deleted when it has ended.
   *
   * @throws `CLEANUP_REFUSED` if it has not finished; `UNKNOWN_WORKFLOW`.
   */
  async cleanup(
    ctx: WriteCtx,
    id: WorkflowId,
    options: { cancel?: boolean } = {},
  ): Promise<void> {
    await ctx.runMutation(this.component.workflows.cleanup, { id, ...options });
  }

  /**
   * Holds back the workflows of a definition, until `resume`: those that wait are parked,
   * those that run end the steps that run, have them recorded, and are parked; what is
   * started is parked too. Sleeps, events and children of theirs settle meanwhile. Executors
   * learn of it within ten seconds. Without a definition everything is paused: executors
   * drain and leave, and none starts.
   *
   * @throws `NOT_CONFIGURED` before anything was ever started; `TOO_MANY` beyond 100
   * definitions.
   *
   * @example
   * ```ts
   * await executor.pause(ctx, internal.reviews.review);
   * ```
   */
  async pause(ctx: WriteCtx, workflow?: WorkflowReference): Promise<void> {
    const args = workflow ? { definition: getFunctionName(workflow) } : {};
    await ctx.runMutation(this.component.operators.pause, args);
  }

  /**
   * Ends a pause, of a definition or of everything. Workflows go on in their old order, a
   * page at a time; what has never begun is queued to begin.
   */
  async resume(ctx: WriteCtx, workflow?: WorkflowReference): Promise<void> {
    const args = workflow ? { definition: getFunctionName(workflow) } : {};
    await ctx.runMutation(this.component.operators.resume, args);
  }
}
