/**
 * Calls of registered functions, by path or by reference.
 *
 * Owns the order of things around an execution: the turn among the caller's other nested
 * calls, loading, checking arguments, executing, checking the result.
 */
import { nestedLocks, type FunctionPath } from "./contexts.js";
import { currentDeployment } from "./deployment.js";
import {
  executeAction,
  executeMutation,
  executeQuery,
  type Caller,
} from "./executions.js";
import type { FunctionType, ResolvedFunction } from "./functions.js";
import {
  checkArgs,
  checkReturns,
  pathOfReference,
  resolveFunction,
} from "./functions.js";
import type { TransactionLimits } from "./transactions.js";

type CallFromPath = (
  caller: Caller,
  path: FunctionPath,
  args: unknown,
  limits?: TransactionLimits,
) => Promise<unknown>;

export const queryFromPath: CallFromPath = (...call) =>
  callInTurn("query", executeQuery, ...call);

export const mutationFromPath: CallFromPath = (...call) =>
  callInTurn("mutation", executeMutation, ...call);

/** Nested calls of one caller take turns. */
async function callInTurn(
  type: "query" | "mutation",
  execute: typeof executeQuery | typeof executeMutation,
  ...[caller, path, args, limits]: Parameters<CallFromPath>
): Promise<unknown> {
  const parentLock = nestedLocks.getStore();
  const isNested = parentLock !== undefined;
  if (parentLock !== undefined) await parentLock.acquire();
  try {
    const resolved = await resolve(path, type);
    checkArgs(resolved, args ?? {}, isNested);
    const { handler } = resolved;
    const result = await execute({ caller, handler, args, path, isNested, limits });
    checkReturns(resolved, result, type);
    return result;
  } finally {
    parentLock?.release();
  }
}

/** A query called by a mutation that is to see what was committed before it. */
export async function snapshotQueryFromPath(
  caller: Caller,
  path: FunctionPath,
  args: unknown,
  limits?: TransactionLimits,
): Promise<unknown> {
  const parentLock = nestedLocks.getStore();
  if (parentLock !== undefined) await parentLock.acquire();
  const showPendingWrites = currentDeployment().layers.hide();
  try {
    const resolved = await resolve(path, "query");
    checkArgs(resolved, args ?? {}, true);
    const { handler } = resolved;
    // Nested even where there is no parent: only a mutation, which has the transaction, asks.
    const nested = { caller, handler, args, path, isNested: true, limits };
    const result = await executeQuery(nested);
    checkReturns(resolved, result, "query");
    return result;
  } finally {
    showPendingWrites();
    parentLock?.release();
  }
}

export async function actionFromPath(
  caller: Caller,
  path: FunctionPath,
  args: unknown,
): Promise<unknown> {
  const resolved = await resolve(path, "action");
  checkArgs(resolved, args ?? {}, false);
  const extraContext = actionCalls(caller);
  const { handler } = resolved;
  const result = await executeAction({ caller, handler, args, path, extraContext });
  checkReturns(resolved, result, "action");
  return result;
}

export async function runQuery(
  caller: Caller,
  reference: unknown,
  args?: unknown,
): Promise<unknown> {
  return await queryFromPath(caller, pathOfReference(reference), args);
}

export async function runMutation(
  caller: Caller,
  reference: unknown,
  args?: unknown,
): Promise<unknown> {
  return await mutationFromPath(caller, pathOfReference(reference), args);
}

export async function runAction(
  caller: Caller,
  reference: unknown,
  args?: unknown,
): Promise<unknown> {
  return await actionFromPath(caller, pathOfReference(reference), args);
}

type ContextCall = (reference: unknown, args?: unknown) => Promise<unknown>;

/** The `ctx.run*` of an action: they pass values and errors on as they are. */
export function actionCalls(caller: Caller): Record<string, ContextCall> {
  return {
    runQuery: (reference: unknown, args?: unknown) => runQuery(caller, reference, args),
    runMutation: (reference: unknown, args?: unknown) =>
      runMutation(caller, reference, args),
    runAction: (reference: unknown, args?: unknown) => runAction(caller, reference, args),
  };
}

/** Calls a function of whatever type it turns out to have. */
export async function callFromPath(
  caller: Caller,
  path: FunctionPath,
  args: unknown,
): Promise<unknown> {
  const { func } = await resolve(path, "any");
  if (func.isQuery) return await queryFromPath(caller, path, args);
  if (func.isMutation) return await mutationFromPath(caller, path, args);
  if (func.isAction) return await actionFromPath(caller, path, args);
  return undefined;
}

function resolve(
  path: FunctionPath,
  type: FunctionType | "any",
): Promise<ResolvedFunction> {
  return resolveFunction(
    (componentPath) => currentDeployment().component(componentPath).load,
    path,
    type,
  );
}
