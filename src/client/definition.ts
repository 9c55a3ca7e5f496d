/**
 * Definitions of workflows.
 *
 * Owns the registered function that stands for a workflow in `internal`, and the handler
 * that hangs on it. The function starts workflows: from `executor.start`, which calls it
 * with a batch, or by hand from the dashboard or the CLI with `{ args }`. It validates the
 * whole batch before the component writes anything (P13).
 */
import { validate, ValidationError } from "convex-helpers/validators";
import {
  internalMutationGeneric,
  type GenericDataModel,
  type GenericMutationCtx,
  type RegisteredMutation,
} from "convex/server";
import {
  v,
  type GenericValidator,
  type Infer,
  type ObjectType,
  type PropertyValidators,
  type Value,
} from "convex/values";
import { executorError } from "../shared/errors.js";
import { resolveGate, type GateOption } from "../shared/gateOptions.js";
import type { GateUse } from "../shared/gates.js";
import { vValue } from "../shared/model.js";
import { checkEndLimits } from "../shared/ends.js";
import type { RetryOption } from "../shared/retry.js";
import { vStartItem } from "../shared/startItem.js";
import type { StepContext } from "./step.js";
import type { Started, WorkflowId } from "./types.js";

/** What describes a workflow, apart from its handler. */
export type DefinitionConfig<
  Args extends PropertyValidators,
  Returns extends GenericValidator | void,
> = {
  /** Validators of the arguments. Default: none. */
  args?: Args;
  /** Validator of the result. Default: anything. */
  returns?: Returns;
  /** Default `retry` of this workflow's actions and inline code. */
  retry?: RetryOption;
  /**
   * The gate that a workflow passes before it begins and holds until it ends, whoever runs
   * it: `rate` limits how many begin, `concurrency` how many are under way. Meanwhile it
   * waits in its queue and holds nothing. Default: none.
   */
  gate?: GateOption;
  /**
   * Milliseconds from its start after which a workflow fails with `WORKFLOW_TIMEOUT`, a
   * second to a year; `start` may give another. Default: none.
   */
  timeoutMs?: number;
  /**
   * Milliseconds for which the handler may still run steps after a cancel or a timeout, up
   * to a day; 0 ends it at once. Default 30,000.
   */
  graceMs?: number;
  /**
   * Milliseconds after its end at which a workflow is deleted, with its children, steps and
   * payloads, 0 to 1,000 days; `start` may give another. Default: the executor's.
   */
  retentionMs?: number;
};

/** The type of a result, by its validator. */
export type ResultOf<Returns extends GenericValidator | void> =
  Returns extends GenericValidator ? Infer<Returns> : unknown;

/** The user's code of a workflow. */
export type Handler<Args extends PropertyValidators, Result> = (
  step: StepContext,
  args: ObjectType<Args>,
) => Promise<Result>;

/** How long a workflow may take, clean up and be kept, as far as it is given. */
export type EndLimits = { timeoutMs?: number; graceMs?: number; retentionMs?: number };

/** A workflow as the runtime needs it. */
export type Definition = {
  args: PropertyValidators;
  returns: GenericValidator | undefined;
  retry: RetryOption | undefined;
  gate: GateUse | undefined;
  limits: EndLimits;
  /** Only called with arguments that {@link checkArguments} has passed. */
  handler: (step: StepContext, args: never) => Promise<unknown>;
};

/** What `define` is given, without its types; the handler may come later. */
export type AnyConfig = DefinitionConfig<PropertyValidators, GenericValidator | void> & {
  handler?: Definition["handler"] | undefined;
};

/** Makes a definition of what describes it and its handler. */
export function createDefinition(
  { args = {}, returns, retry, timeoutMs, graceMs, retentionMs, gate }: AnyConfig,
  handler: Definition["handler"],
): Definition {
  const limits = {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(retentionMs === undefined ? {} : { retentionMs }),
  };
  checkEndLimits(limits);
  const use = gate && resolveGate(gate);
  return { args, returns: returns ?? undefined, retry, limits, gate: use, handler };
}

/** One workflow of a batch, as `start` takes it; `args` have a check of their own. */
const vBatchItem = v.object({ ...vStartItem.fields, args: v.optional(vValue) });
export type BatchItem = Infer<typeof vBatchItem> & { args: Value };

/** Starts a validated batch; given by the `Executor`. */
export type StartBatch = (
  ctx: GenericMutationCtx<GenericDataModel>,
  definition: string,
  items: BatchItem[],
) => Promise<WorkflowId[]>;

/** Where the runtime finds the definition on a registered function. */
const DEFINITION = Symbol.for("convex-executor.definition");

/**
 * Registers a workflow. Its type is spelled out wherever it is named: the types behind
 * `internal` read it from the alias `RegisteredMutation`, and another alias would hide it.
 */
export function registerDefinition<Args extends PropertyValidators, Result>(
  definition: Definition,
  startBatch: StartBatch,
): RegisteredMutation<"internal", { args: ObjectType<Args> }, Started<Result>> {
  const registered = internalMutationGeneric({
    args: { args: v.optional(vValue), batch: v.optional(v.array(vBatchItem)) },
    handler: async (ctx: GenericMutationCtx<GenericDataModel>, { args, batch }) => {
      const items = (batch ?? [{ args: args ?? {} }]) as BatchItem[];
      const { name } = await ctx.meta.getFunctionMetadata();
      for (const [index, item] of items.entries()) {
        checkArguments(name, definition.args, item.args, { db: ctx.db, index });
      }
      const { limits, gate } = definition;
      const own = { ...limits, ...(gate ? { gate } : {}) };
      const ids = await startBatch(
        ctx,
        name,
        items.map((item) => ({ ...own, ...item })),
      );
      return batch ? ids : { id: ids[0] };
    },
  });
  return Object.assign(registered, {
    [DEFINITION]: definition,
  });
}

/** Finds the definition behind an export; undefined if it is something else. */
export function findDefinition(exported: unknown): Definition | undefined {
  const isCandidate = typeof exported === "function" || typeof exported === "object";
  if (!isCandidate || exported === null) return undefined;
  return (exported as { [DEFINITION]?: Definition })[DEFINITION];
}

/** Throws `INVALID_ARGUMENTS` unless `args` match; nothing has been written then. */
export function checkArguments(
  definition: string,
  validators: PropertyValidators,
  args: unknown,
  options: { db?: GenericMutationCtx<GenericDataModel>["db"]; index?: number } = {},
): void {
  try {
    const { db } = options;
    validate(v.object(validators), args, { throw: true, ...(db ? { db } : {}) });
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const place = options.index === undefined ? "" : ` (item ${options.index})`;
    throw executorError(
      "INVALID_ARGUMENTS",
      `Arguments of ${definition}${place} do not match its validator: ${error.message}`,
      { definition, path: error.path, expected: error.expected, actual: error.got },
    );
  }
}
