/**
 * Runs one handler as a query, a mutation or an action.
 *
 * Owns what surrounds a handler: its context and contexts.ts' storages, its transaction, the
 * way of arguments and results through JSON, the globals it sees. Knows nothing of function
 * paths beyond their text.
 *
 * The number of awaits is part of the behavior: suites with a faked clock let a fixed number
 * of microtasks pass, and count on a call being done by then.
 */
import type { TestAuth } from "./auth.js";
import { TestAuth as NobodysAuth } from "./auth.js";
import type { Execution, FunctionPath, RequestMetadata } from "./contexts.js";
import { auths, executions, nestedLocks, newRequestId, requests } from "./contexts.js";
import {
  actionGeneric,
  convexToJson,
  jsonToConvex,
  mutationGeneric,
  queryGeneric,
} from "./convexPackage.js";
import { currentDeployment } from "./deployment.js";
import { restoreErrorData } from "./errors.js";
import type { Handler } from "./functions.js";
import { runWithActionGlobals, runWithTransactionGlobals } from "./globals.js";
import type { TransactionLimits } from "./transactions.js";
import { NestedLock } from "./nestedLock.js";
import {
  hasPendingValues,
  isSimpleObject,
  resolveCommittedValues,
} from "./pendingValues.js";

/** In whose name a function is called, and by which request. */
export interface Caller {
  readonly auth: TestAuth;
  readonly ip: string | null;
  readonly userAgent: string | null;
}

export interface Call {
  readonly caller: Caller;
  readonly handler: Handler;
  readonly args: unknown;
  readonly path: FunctionPath;
  /** Added to the handler's context, over what is there. */
  readonly extraContext?: object;
}

export interface TransactionCall extends Call {
  readonly isNested: boolean;
  readonly limits?: TransactionLimits | undefined;
}

export async function executeMutation(call: TransactionCall): Promise<unknown> {
  const mutation = mutationGeneric({
    handler: (ctx, args) => invokeInTransaction(call, ctx, args),
  });
  const { transactions } = currentDeployment();
  const enter = entrance(call, "mutation");
  await transactions.begin(call.isNested, call.limits);
  try {
    const raw = await nestedLocks.run(new NestedLock(), () =>
      enter(() => invokable(mutation).invokeMutation(encodeArgs(call.args))),
    );
    const commitTs = transactions.commit(call.isNested);
    const result = decode(raw);
    return commitTs === null ? result : resolveCommittedValues(result, commitTs);
  } catch (error) {
    transactions.rollback(call.isNested);
    throw restoreErrorData(error);
  }
}

export async function executeQuery(call: TransactionCall): Promise<unknown> {
  const query = queryGeneric({
    handler: (ctx, args) => invokeInTransaction(call, ctx, args),
  });
  const { transactions } = currentDeployment();
  const enter = entrance(call, "query");
  await transactions.begin(call.isNested, call.limits);
  try {
    const raw = await nestedLocks.run(new NestedLock(), () =>
      enter(() => invokable(query).invokeQuery(encodeArgs(call.args))),
    );
    const result = decode(raw);
    if (!call.isNested && hasPendingValues(result)) {
      throw new Error(
        `Function ${call.path.udfPath} return value invalid: queries ` +
          "cannot return an unresolved placeholder value.",
      );
    }
    return result;
  } catch (error) {
    throw restoreErrorData(error);
  } finally {
    transactions.rollback(call.isNested);
  }
}

export async function executeAction(call: Call): Promise<unknown> {
  const action = actionGeneric({
    handler: (ctx, args) => {
      const context = contextFor(call, ctx);
      return runWithActionGlobals(() => call.handler(context as never, args as never));
    },
  });
  const request = requestOf(call.caller);
  const auth = authWithin(call);
  return await executions.run(executionOf(call.path, "action"), async () => {
    try {
      const raw = await requests.run(request, () =>
        auths.run(auth, () =>
          invokable(action).invokeAction(request.requestId, encodeArgs(call.args)),
        ),
      );
      return decode(raw);
    } catch (error) {
      throw restoreErrorData(error);
    }
  });
}

/** The request a call belongs to: that of the outermost function, or a new one. */
export function requestOf(caller: Caller): RequestMetadata {
  return (
    requests.getStore() ?? {
      ip: caller.ip,
      userAgent: caller.userAgent,
      requestId: newRequestId(),
      scheduledFunctionId: null,
      authToken: caller.auth.token,
    }
  );
}

export function executionOf(
  path: FunctionPath,
  udfType: Execution["udfType"],
): Execution {
  return { ...path, udfType, paginatedQueries: 0 };
}

/** How a registered function is called by the platform; its public type does not say. */
interface Invokable {
  invokeQuery(argsJson: string): Promise<string>;
  invokeMutation(argsJson: string): Promise<string>;
  invokeAction(requestId: string, argsJson: string): Promise<string>;
  invokeHttpAction(request: Request): Promise<Response>;
}

export function invokable(registered: unknown): Invokable {
  return registered as Invokable;
}

/** What a function gets and gives in JSON is a value, or a list of the one arguments object. */
export function encodeArgs(args: unknown): string {
  return JSON.stringify(convexToJson([checkedArgs(args)] as never));
}

export function decode(raw: string): unknown {
  return jsonToConvex(JSON.parse(raw) as never);
}

function checkedArgs(args: unknown): object {
  if (args === undefined) return {};
  if (!isSimpleObject(args)) {
    throw new Error(
      `The arguments to a Convex function must be an object. Received: ${args as string}`,
    );
  }
  return args;
}

function invokeInTransaction(call: Call, ctx: object, args: unknown): unknown {
  const context = contextFor(call, ctx);
  return runWithTransactionGlobals(() => call.handler(context as never, args as never));
}

function contextFor(call: Call, ctx: object): object {
  return { ...ctx, auth: auths.getStore() ?? call.caller.auth, ...call.extraContext };
}

/** Auth stays behind when a call crosses from one component to another. */
function authWithin(call: Call): TestAuth {
  const parent = executions.getStore();
  const crosses =
    parent !== undefined && call.path.componentPath !== parent.componentPath;
  return crosses ? new NobodysAuth() : call.caller.auth;
}

/** Where a query or mutation runs; decided before it waits for its transaction. */
function entrance(call: Call, udfType: "query" | "mutation") {
  const auth = authWithin(call);
  const execution = executionOf(call.path, udfType);
  const request = requestOf(call.caller);
  return <T>(fn: () => T): T =>
    executions.run(execution, () => requests.run(request, () => auths.run(auth, fn)));
}
