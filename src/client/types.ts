/**
 * Names for what crosses the public API.
 *
 * Owns types, and the validators that carry them.
 */
import type {
  FunctionArgs,
  FunctionReference,
  FunctionReturnType,
  FunctionType,
  FunctionVisibility,
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

/** A reference to any function of one type, public or internal. */
export type AnyReference<Type extends FunctionType = FunctionType> = FunctionReference<
  Type,
  FunctionVisibility
>;

/** A reference to a defined workflow, e.g. `internal.reviews.review`. */
export type WorkflowReference = FunctionReference<"mutation", "internal">;

/** What the function behind a workflow answers; carries the workflow's result as a type. */
export type Started<Result> = { id: WorkflowId; __result?: Result };

/** The result of a workflow, from its reference. */
export type WorkflowResult<F extends WorkflowReference> =
  NonNullable<F["_returnType"]> extends Started<infer Result> ? Result : never;

type Workflows = ExecutorComponent["workflows"];
type WorkflowsPage = FunctionReturnType<Workflows["list"]>;
/** The component's functions know ids as strings; whoever reads one may pass it on. */
type WithId<Row> = Omit<Row, "id"> & { id: WorkflowId };

/** What `executor.getStatus` answers. Times are in milliseconds since 1970. */
export type WorkflowStatus = WithId<FunctionReturnType<Workflows["status"]>>;
/** What `executor.list` may be asked for: a definition, a state, an order and a page. */
export type ListArgs = FunctionArgs<Workflows["list"]>;
/** A page of workflows; go on from `cursor`, which is null after the last one. */
export type WorkflowPage = Omit<WorkflowsPage, "page"> & {
  page: WithId<WorkflowsPage["page"][number]>[];
};
/** What `executor.listSteps` may be asked for: a workflow and a page. */
export type ListStepsArgs = FunctionArgs<Workflows["listSteps"]>;
/** A page of a workflow's steps; go on from `cursor`, which is null after the last one. */
export type StepPage = FunctionReturnType<Workflows["listSteps"]>;

/**
 * What became of an event that was sent:
 * - `delivered`: a step that waited for it has it. `kept`: the next that asks gets it.
 * - `duplicate`: an event with this `id` was sent before. `finished`: the workflow has ended.
 */
export type SentEvent = { status: FunctionReturnType<Workflows["sendEvent"]> };

/** A page of the audit. */
export type AuditPage = FunctionReturnType<ExecutorComponent["operators"]["audit"]>;
/** One broken invariant, as `executor.audit` reports it. */
export type Violation = AuditPage["violations"][number];
