/**
 * Prints a Convex value the way the backend prints one in its errors.
 *
 * Source: `Display` of ConvexValue in convex-backend crates/value/src. Strings are quoted
 * as JSON quotes them, which differs from Rust's quoting for control characters only.
 */
import { convexToJson, type Value } from "convex/values";
import { isBytesValue, isPlaceholderValue } from "./kinds.js";

/** What a pending commit timestamp counts as until the commit: i64's maximum. */
export const PENDING_COMMIT_TS = 2n ** 63n - 1n;

/** From here on Rust prints a float with an exponent. */
const EXPONENT_FROM = 1e16;
const EXPONENT_BELOW = 1e-5;

export function displayValue(value: Value | undefined): string {
  if (value === undefined) {
    return "undefined";
  }
  if (isPlaceholderValue(value)) {
    return PENDING_COMMIT_TS.toString();
  }
  if (isBytesValue(value)) {
    const { $bytes } = convexToJson(value) as { $bytes: string };
    return `b"${$bytes}"`;
  }
  if (typeof value === "number") {
    return displayFloat(value);
  }
  if (typeof value === "string") {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(displayValue).join(", ")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const names = Object.keys(value).filter((name) => value[name] !== undefined);
    const fields = names.sort().map((name) => `${name}: ${displayValue(value[name])}`);
    return `{${fields.join(", ")}}`;
  }
  return String(value);
}

/** A float always shows that it is one: 1 is `1.0`. */
export function displayFloat(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? "NaN" : value > 0 ? "inf" : "-inf";
  }
  if (Object.is(value, -0)) {
    return "-0.0";
  }
  const size = Math.abs(value);
  if (value !== 0 && (size >= EXPONENT_FROM || size < EXPONENT_BELOW)) {
    return value.toExponential().replace("e+", "e");
  }
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}

/** The backend's name of a value's type, as its evaluation errors give it. */
export function typeName(value: Value | undefined): string {
  if (value === undefined) {
    return "undefined";
  }
  if (value === null) {
    return "Null";
  }
  if (typeof value === "bigint" || isPlaceholderValue(value)) {
    return "Int64";
  }
  if (isBytesValue(value)) {
    return "Bytes";
  }
  if (Array.isArray(value)) {
    return "Array";
  }
  switch (typeof value) {
    case "number":
      return "Float64";
    case "boolean":
      return "Boolean";
    case "string":
      return "String";
    default:
      return "Object";
  }
}
