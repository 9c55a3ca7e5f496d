/** Functions that a suite writes down where it calls them, and `run` among them. */
import { actionCalls, actionFromPath, mutationFromPath, queryFromPath } from "./calls.js";
import { currentComponentPath, requests } from "./contexts.js";
import { actionGeneric } from "./convexPackage.js";
import { restoreErrorData } from "./errors.js";
import type { Caller } from "./executions.js";
import {
  decode,
  encodeArgs,
  executeAction,
  executeMutation,
  executeQuery,
  invokable,
  requestOf,
} from "./executions.js";
import type { Handler } from "./functions.js";
import { pathOfReference } from "./functions.js";

export async function query(
  caller: Caller,
  referenceOrHandler: unknown,
  args?: unknown,
): Promise<unknown> {
  if (!isHandler(referenceOrHandler)) {
    return await queryFromPath(caller, pathOfReference(referenceOrHandler), args);
  }
  return await executeQuery({
    ...inline(caller, referenceOrHandler, args),
    isNested: false,
  });
}

export async function mutation(
  caller: Caller,
  referenceOrHandler: unknown,
  args?: unknown,
): Promise<unknown> {
  if (!isHandler(referenceOrHandler)) {
    return await mutationFromPath(caller, pathOfReference(referenceOrHandler), args);
  }
  return await executeMutation({
    ...inline(caller, referenceOrHandler, args),
    isNested: false,
  });
}

export async function action(
  caller: Caller,
  referenceOrHandler: unknown,
  args?: unknown,
): Promise<unknown> {
  if (!isHandler(referenceOrHandler)) {
    return await actionFromPath(caller, pathOfReference(referenceOrHandler), args);
  }
  const call = inline(caller, referenceOrHandler, args);
  return await executeAction({ ...call, extraContext: actionCalls(caller) });
}

/** As {@link runInComponent}, in the component of the caller: the app, in a test. */
export async function run(caller: Caller, handler: Handler): Promise<unknown> {
  return await runInComponent(caller, currentComponentPath(), handler);
}

/**
 * Runs a handler as a mutation that also has an action's storage. For that it runs inside of
 * an action, so what it returns has gone through JSON twice.
 */
export async function runInComponent(
  caller: Caller,
  componentPath: string,
  handler: Handler,
): Promise<unknown> {
  const outer = actionGeneric({
    handler: async (ctx) =>
      await executeMutation({
        caller,
        handler,
        args: {},
        path: { componentPath, udfPath: "custom" },
        extraContext: { storage: ctx.storage },
        isNested: false,
      }),
  });
  const request = requestOf(caller);
  try {
    const raw = await requests.run(request, () =>
      invokable(outer).invokeAction(request.requestId, encodeArgs({})),
    );
    return decode(raw);
  } catch (error) {
    throw restoreErrorData(error);
  }
}

function isHandler(value: unknown): value is Handler {
  return typeof value === "function";
}

function inline(caller: Caller, handler: Handler, args: unknown) {
  const path = { componentPath: currentComponentPath(), udfPath: "inline" };
  return { caller, handler, args: args ?? {}, path };
}
