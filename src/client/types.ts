/**
 * Names for what crosses the public API.
 *
 * Owns types, and the validators that carry them.
 */
import type {
  FunctionReference,
  GenericActionCtx,
  GenericDataModel,
} from "convex/server";
import { v, type VString } from "convex/values";
import type { ComponentApi } from "../component/_generated/component.js";

/** The id of a workflow: a string, opaque outside the component. */
export type WorkflowId = string & { __isWorkflowId: true };
/** Validates a {@link WorkflowId} in the arguments of an app's functions. */
export const vWorkflowId = v.string() as VString<WorkflowId>;

/** The component as the app installed it, e.g. `components.executor`. */
export type ExecutorComponent = ComponentApi;

/** The context of an action. */
export type ActionCtx = GenericActionCtx<GenericDataModel>;
/**
 * A context that can read: of a query, a mutation or an action. Named after the action's,
 * whose functions take the fewest options, so that the others' fit too.
 */
export type ReadCtx = Pick<ActionCtx, "runQuery">;
/** A context that can write: of a mutation or an action. */
export type WriteCtx = Pick<ActionCtx, "runQuery" | "runMutation">;

/** A reference to a defined workflow, e.g. `internal.reviews.review`. */
export type WorkflowReference = FunctionReference<"mutation", "internal">;

/** What the function behind a workflow answers; carries the workflow's result as a type. */
export type Started<Result> = { id: WorkflowId; __result?: Result };

/** The result of a workflow, from its reference. */
export type WorkflowResult<F extends WorkflowReference> =
  NonNullable<F["_returnType"]> extends Started<infer Result> ? Result : never;
