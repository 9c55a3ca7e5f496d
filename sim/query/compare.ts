/**
 * The order of Convex values, with a short way for the usual case: two numbers, or two
 * equal strings or booleans. Everything else is `compareValues` of the client, which is
 * exact and slow.
 */
import { CommitTsPlaceholder, compareValues, type Value } from "convex/values";
import { PENDING_COMMIT_TS } from "../schema/displayValue.js";

export function compare(left: Value | undefined, right: Value | undefined): number {
  if (typeof left === "number" && typeof right === "number") {
    // Equal or unordered: zeroes and NaN have rules of their own.
    if (left < right) {
      return -1;
    }
    if (left > right) {
      return 1;
    }
  } else if (left === right) {
    return 0;
  }
  return compareValues(left, right);
}

/** The value with pending commit timestamps as the int64 they count as until the commit. */
export function resolvePending<V extends Value | undefined>(value: V): V {
  if (!hasPending(value)) {
    return value;
  }
  return substitute(value as Value) as V;
}

export function hasPending(value: Value | undefined): boolean {
  if (typeof value !== "object" || value === null || value instanceof ArrayBuffer) {
    return false;
  }
  if (value instanceof CommitTsPlaceholder) {
    return true;
  }
  return Array.isArray(value)
    ? value.some(hasPending)
    : Object.values(value).some(hasPending);
}

function substitute(value: Value): Value {
  if (value instanceof CommitTsPlaceholder) {
    return PENDING_COMMIT_TS;
  }
  if (Array.isArray(value)) {
    return value.map(substitute);
  }
  if (typeof value !== "object" || value === null || value instanceof ArrayBuffer) {
    return value;
  }
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    field === undefined ? undefined : substitute(field),
  ]);
  return Object.fromEntries(fields) as Value;
}
