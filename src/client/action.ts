/**
 * In-process actions.
 *
 * Owns the registration of actions that an executor runs inside itself: no scheduler, no
 * second action permit, one heap shared with all others. The same export is an ordinary
 * internal action for everybody else.
 */
import { validate, ValidationError } from "convex-helpers/validators";
import {
  internalActionGeneric,
  type GenericActionCtx,
  type GenericDataModel,
  type RegisteredAction,
} from "convex/server";
import type {
  GenericValidator,
  ObjectType,
  PropertyValidators,
  Value,
} from "convex/values";
import { executorError } from "../shared/errors.js";
import { checkArguments, type ResultOf } from "./definition.js";
import type { RunContext } from "./runContext.js";

/** The context of an in-process action: an action's, and what the step knows. */
export type InProcessActionCtx<DataModel extends GenericDataModel = GenericDataModel> =
  GenericActionCtx<DataModel> & RunContext;

/** What describes an in-process action. */
export type ActionConfig<
  Args extends PropertyValidators,
  Returns extends GenericValidator | void,
  Result,
> = {
  /** Validators of the arguments; checked by the executor as Convex would. Default: none. */
  args?: Args;
  /** Validator of the result. Default: anything. */
  returns?: Returns;
  /**
   * The action's code. Pass `ctx.signal` on to whatever can be aborted; a step that was
   * aborted may run again, with the same `ctx.idempotencyKey`.
   */
  handler: (ctx: InProcessActionCtx, args: ObjectType<Args>) => Promise<Result> | Result;
};

/** An in-process action as the runtime needs it. */
export type InProcessAction = {
  args: PropertyValidators;
  returns: GenericValidator | undefined;
  /** Only called with arguments that {@link checkArguments} has passed. */
  handler: (ctx: InProcessActionCtx, args: never) => unknown;
};

const IN_PROCESS_ACTION = Symbol.for("convex-executor.action");

/** Registers an in-process action. */
export function registerAction<
  Args extends PropertyValidators = PropertyValidators,
  Returns extends GenericValidator | void = void,
  Result = ResultOf<Returns>,
>(
  config: ActionConfig<Args, Returns, Result>,
): RegisteredAction<"internal", ObjectType<Args>, Promise<Awaited<Result>>> {
  const action: InProcessAction = {
    args: config.args ?? {},
    returns: config.returns ?? undefined,
    handler: config.handler,
  };
  const registered = internalActionGeneric({
    args: action.args,
    ...(action.returns ? { returns: action.returns } : {}),
    handler: async (ctx: GenericActionCtx<GenericDataModel>, args) =>
      (await action.handler(describeDirectCall(ctx), args as never)) as Value,
  });
  return Object.assign(registered, {
    [IN_PROCESS_ACTION]: action,
  });
}

/** Finds the in-process action behind an export; undefined if it is something else. */
export function findInProcessAction(exported: unknown): InProcessAction | undefined {
  const isCandidate = typeof exported === "function" || typeof exported === "object";
  if (!isCandidate || exported === null) return undefined;
  return (exported as { [IN_PROCESS_ACTION]?: InProcessAction })[IN_PROCESS_ACTION];
}

/** Runs an in-process action as Convex would: validated on both sides. */
export async function runInProcessAction(
  name: string,
  action: InProcessAction,
  ctx: InProcessActionCtx,
  args: Value,
): Promise<unknown> {
  checkArguments(name, action.args, args);
  const result = (await action.handler(ctx, args as never)) ?? null;
  if (action.returns) checkReturn(name, action.returns, result);
  return result;
}

/** Throws `INVALID_RETURN` unless a result matches its validator. */
export function checkReturn(
  name: string,
  validator: GenericValidator,
  result: unknown,
): void {
  try {
    validate(validator, result, { throw: true });
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw executorError(
      "INVALID_RETURN",
      `The return value of ${name} does not match its validator: ${error.message}`,
      { function: name, path: error.path, expected: error.expected, actual: error.got },
    );
  }
}

/** Called as an ordinary action there is no step: nothing aborts it, each call is its own. */
function describeDirectCall(ctx: GenericActionCtx<GenericDataModel>): InProcessActionCtx {
  return {
    ...ctx,
    signal: new AbortController().signal,
    idempotencyKey: crypto.randomUUID(),
    attempt: 1,
    reportLimits: () => undefined,
  };
}
