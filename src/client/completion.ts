/**
 * The ends of workflows as an app sees them: `cancel`, and what `onComplete` is told.
 *
 * Owns the types and validators, and the turning of references into what can be stored.
 * The shapes of a callback are those of `@convex-dev/workflow`, so that callbacks written for it run
 * unchanged; hence no further field may be added to them.
 */
import {
  createFunctionHandle,
  getFunctionName,
  type FunctionReference,
  type FunctionVisibility,
} from "convex/server";
import {
  v,
  type GenericValidator,
  type Infer,
  type ObjectType,
  type VAny,
  type VObject,
} from "convex/values";
import { executorError } from "../shared/errors.js";
import { vWorkflowId } from "./types.js";

/**
 * Validates how a workflow ended, as its `onComplete` is told: `success` with what it
 * returned, `failed` with its error's message, or `canceled`. `getStatus` tells more.
 */
export const vResultValidator = v.union(
  v.object({ kind: v.literal("success"), returnValue: v.any() as VAny<unknown> }),
  v.object({ kind: v.literal("failed"), error: v.string() }),
  v.object({ kind: v.literal("canceled") }),
);

/** What an `onComplete` mutation is called with. */
export type OnCompleteArgs<Context = unknown> = {
  workflowId: string;
  result: Infer<typeof vResultValidator>;
  /** What `start` was given to pass on. */
  context: Context;
};

/** A mutation to call when a workflow ends, public or internal. */
export type OnComplete<Context = unknown> = FunctionReference<
  "mutation",
  FunctionVisibility,
  OnCompleteArgs<Context>
>;

type CompletionFields<Context extends GenericValidator> = {
  workflowId: typeof vWorkflowId;
  result: typeof vResultValidator;
  context: Context;
};

const vAnyContext = v.optional(v.any() as VAny<unknown>);

/**
 * Makes the `args` of an `onComplete` mutation, with a validator for its context; anything
 * by default.
 *
 * @example
 * ```ts
 * export const done = internalMutation({
 *   args: vOnCompleteArgs(v.object({ batch: v.string() })),
 *   handler: async (ctx, { workflowId, result, context }) => {
 *     await ctx.db.insert("finished", { workflowId, kind: result.kind, ...context });
 *   },
 * });
 * ```
 */
export function vOnCompleteArgs<Context extends GenericValidator = typeof vAnyContext>(
  context?: Context,
): VObject<ObjectType<CompletionFields<Context>>, CompletionFields<Context>> {
  return v.object({
    workflowId: vWorkflowId,
    result: vResultValidator,
    context: (context ?? vAnyContext) as Context,
  });
}

/**
 * How to cancel a workflow. One that has not begun ends at once. In another, every open step
 * fails with the code `CANCELED` (see `isCanceled`), its children are canceled likewise, and
 * the handler may run further steps to clean up, until the grace is over; then it ends
 * whatever it does, and whatever it answers, it is canceled. A handler that waits for no
 * step sees the error at the next one it asks for. Running steps are aborted within a
 * heartbeat, ten seconds. Canceling again changes nothing, but a shorter grace counts.
 *
 * @example
 * ```ts
 * await executor.cancel(ctx, id, "no longer needed");
 * await executor.cancel(ctx, id, { force: true }); // at once, without cleaning up
 * ```
 */
export type CancelOptions = {
  /** Why; its status, its parent and its handler are told. At most 1,024 characters. */
  reason?: string;
  /**
   * Milliseconds for which the handler may still run steps, up to a day; 0 ends the workflow
   * at once. Default: the definition's, or 30,000.
   */
  graceMs?: number;
  /** Ends the workflow at once, as `graceMs: 0`. */
  force?: boolean;
};

/** Resolves how to cancel, given a reason or options. */
export function resolveCancel(options: string | CancelOptions): {
  reason?: string;
  graceMs?: number;
} {
  if (typeof options === "string") return { reason: options };
  const { reason, force } = options;
  const graceMs = force ? 0 : options.graceMs;
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(graceMs === undefined ? {} : { graceMs }),
  };
}

/** Makes handles of callbacks, one per function. */
export function createHandleMaker(): (callback: OnComplete) => Promise<string> {
  const handles = new Map<string, Promise<string>>();
  return async (callback) => {
    const name = readName(callback);
    const handle = handles.get(name) ?? createFunctionHandle(callback);
    handles.set(name, handle);
    return await handle;
  };
}

function readName(callback: OnComplete): string {
  try {
    return getFunctionName(callback);
  } catch {
    throw executorError(
      "INVALID_OPTIONS",
      `onComplete is ${typeof callback}; pass a reference to a mutation, such as internal.reviews.done.`,
      { option: "onComplete" },
    );
  }
}
