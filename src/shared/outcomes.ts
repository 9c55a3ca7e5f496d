/**
 * From what code returned or threw to an outcome that can be stored.
 *
 * Owns the one rule: sizes are checked before a turn sees a result (P1), so that a commit
 * never fails because of a value somebody has already acted upon.
 */
import { convexToJson, jsonToConvex, type Value } from "convex/values";
import { OUTCOME_NESTING, REJECTED_PREVIEW_BYTES } from "./constants.js";
import { executorError } from "./errors.js";
import type { Outcome } from "./model.js";
import { computePreview } from "./preview.js";
import { checkDocumentValue } from "./sizes.js";
import { serializeError, type SerializedError } from "./thrown.js";

/**
 * Resolves the outcome of code that returned `value`: completed with a copy that nobody
 * else holds, or failed with `VALUE_REJECTED` if it cannot be stored.
 */
export function resolveReturned(value: unknown, label: string): Outcome {
  const check = checkDocumentValue(value, { label, wrapperNesting: OUTCOME_NESTING });
  if (check.ok) return { kind: "completed", value: copyValue((value ?? null) as Value) };
  return { kind: "failed", error: rejectValue(check.message, value) };
}

/**
 * Checks arguments before they are written anywhere, and answers their size. Throws
 * `VALUE_REJECTED` with why they cannot be stored, and how they begin.
 */
export function checkArgumentsFit(args: unknown, callee: string): number {
  const check = checkDocumentValue(args, { label: `the argument object of ${callee}` });
  if (check.ok) return check.bytes;
  const { code, message } = rejectValue(check.message, args);
  const { reason, bytes, limit } = check;
  throw executorError(code, message, { function: callee, reason, actual: bytes, limit });
}

/** Resolves the outcome of code that threw. */
export function resolveThrown(
  thrown: unknown,
  nowMs: number,
): { kind: "failed"; error: SerializedError } {
  return { kind: "failed", error: serializeError(thrown, nowMs) };
}

/** The error of a value that cannot be stored: why, and how it begins. */
function rejectValue(
  message: string,
  value: unknown,
): SerializedError & { code: "VALUE_REJECTED" } {
  const preview = computePreview(value, REJECTED_PREVIEW_BYTES);
  return {
    name: "ValueRejected",
    code: "VALUE_REJECTED",
    message: `${message} It begins: ${preview}`,
    nonRetryable: true,
  };
}

/** Copies a value, so that changing one holder's leaves the other's as it was. */
export function copyValue(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  return jsonToConvex(convexToJson(value));
}
