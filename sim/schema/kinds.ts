/** What kind of value an object is: bytes, a placeholder, or an object of fields. */
import type { CommitTsPlaceholder, Value } from "convex/values";
import { isBytes, isPlaceholder } from "../values/placeholder.js";

export type ConvexObject = Record<string, Value | undefined>;

export function isObject(value: Value | undefined): value is ConvexObject {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !isBytes(value) &&
    !isPlaceholder(value)
  );
}

export function isBytesValue(value: Value | undefined): value is ArrayBuffer {
  return typeof value === "object" && value !== null && isBytes(value);
}

export function isPlaceholderValue(
  value: Value | undefined,
): value is CommitTsPlaceholder {
  return typeof value === "object" && value !== null && isPlaceholder(value);
}
