/**
 * The order of Convex values, with a short way for the usual case: two numbers, or two
 * equal strings or booleans. Everything else is `compareValues` of the client, which is
 * exact and slow.
 */
import { compareValues, type Value } from "convex/values";
import { PENDING_COMMIT_TS } from "../schema/displayValue.js";
import type { StoredDocument } from "../values/document.js";
import { resolvePlaceholders } from "../values/placeholder.js";

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

/** Pending commit timestamps as the int64 they count as until the commit. */
export function resolvePending<V extends Value | undefined>(value: V): V {
  return resolvePlaceholders(value, PENDING_COMMIT_TS);
}

/** The document as queries of its own transaction see it. */
export function viewOf(row: StoredDocument): Record<string, Value> {
  return row.isPending ? resolvePending(row.value) : row.value;
}
