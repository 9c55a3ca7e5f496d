/**
 * What a function takes and gives is checked at every boundary.
 *
 * Owns the check of arguments and return values against the function's validators and the
 * platform's sizes. Values are JSON here: that is what crosses.
 */
import { getConvexSize, type JSONValue, type Value } from "convex/values";
import { FUNCTION_VALUE_BYTES_MAX } from "../constants/runtime.js";
import { renderArgumentFailure, renderReturnsFailure } from "../schema/renderPlatform.js";
import { checkValidator } from "../schema/validator.js";
import type { Store } from "../store/store.js";
import { takeJson } from "../values/json.js";
import type { CallableFunction } from "./code.js";
import { userFailure } from "./failure.js";
import type { Services } from "./services.js";

/** Checks a call's arguments; null when the function takes anything. */
export function checkArguments(
  { store }: Services,
  fn: CallableFunction,
  args: string,
): void {
  if (fn.args.type === "any" && args.length <= FUNCTION_VALUE_BYTES_MAX) return;
  const value = decode(args);
  checkSize(fn, "Arguments", value, args);
  const tableOf = tablesOf(store, fn);
  const mismatch = checkValidator(fn.args, value, tableOf);
  if (mismatch) throw userFailure(renderArgumentFailure(mismatch));
}

/** Checks what a function returned. */
export function checkReturns(
  { store }: Services,
  fn: CallableFunction,
  returned: string,
): void {
  if (fn.returns === null && returned.length <= FUNCTION_VALUE_BYTES_MAX) return;
  const value = decode(returned);
  checkSize(fn, "Return value", value, returned);
  const tableOf = tablesOf(store, fn);
  const mismatch = fn.returns && checkValidator(fn.returns, value, tableOf);
  if (mismatch) throw userFailure(renderReturnsFailure(mismatch));
}

/** No value is larger than its JSON. */
function checkSize(fn: CallableFunction, what: string, value: Value, json: string): void {
  if (json.length <= FUNCTION_VALUE_BYTES_MAX) return;
  const size = getConvexSize(value);
  if (size <= FUNCTION_VALUE_BYTES_MAX) return;
  throw userFailure(
    `${what} for ${fn.path.udfPath} is too large (actual: ${size} bytes, ` +
      `limit: ${FUNCTION_VALUE_BYTES_MAX} bytes).`,
  );
}

/** An id is one of a table of the component that declares the validator. */
function tablesOf(store: Store, fn: CallableFunction): (id: string) => string | null {
  const namespace = store.namespace(fn.path.component)!;
  return (id) => store.ids.tableOf(namespace, id);
}

function decode(json: string): Value {
  return takeJson(JSON.parse(json) as JSONValue);
}
