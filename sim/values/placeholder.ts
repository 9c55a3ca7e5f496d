/**
 * The commit timestamp's placeholder in values: finding it, and putting the timestamp there.
 *
 * A placeholder orders as the greatest int64 until its transaction commits. Values are never
 * changed in place, because versions of a document share parts.
 */
import { CommitTsPlaceholder, type Value } from "convex/values";

/** The constructor's name too, because a test bundler may load `convex` more than once. */
export function isPlaceholder(value: object): value is CommitTsPlaceholder {
  if (value instanceof CommitTsPlaceholder) {
    return true;
  }
  const prototype = Object.getPrototypeOf(value) as { constructor?: unknown } | null;
  if (prototype === Object.prototype) {
    return false; // as nearly all are
  }
  const made = prototype?.constructor;
  return typeof made === "function" && made.name === CommitTsPlaceholder.name;
}

export function hasPlaceholder(value: Value | undefined): boolean {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  if (Array.isArray(value)) {
    return value.some(hasPlaceholder);
  }
  if (isBytes(value)) {
    return false;
  }
  return isPlaceholder(value) || hasPlaceholderField(value);
}

function hasPlaceholderField(fields: Record<string, Value | undefined>): boolean {
  for (const name in fields) {
    const value = fields[name];
    // Most fields are primitive, and every write passes here.
    if (typeof value === "object" && hasPlaceholder(value)) {
      return true;
    }
  }
  return false;
}

/** The value with each placeholder replaced; parts without one are shared. */
export function resolvePlaceholders<T extends Value | undefined>(
  value: T,
  ts: bigint,
): T {
  if (!hasPlaceholder(value)) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((element: Value) => resolvePlaceholders(element, ts)) as T;
  }
  if (isPlaceholder(value as object)) {
    return ts as T;
  }
  const fields = Object.entries(value as Record<string, Value>);
  return Object.fromEntries(
    fields.map(([name, field]) => [name, resolvePlaceholders(field, ts)]),
  ) as T;
}

/** By tag, because a test environment may have an ArrayBuffer of its own. */
export function isBytes(value: object): value is ArrayBuffer {
  return (
    value instanceof ArrayBuffer ||
    Object.prototype.toString.call(value) === "[object ArrayBuffer]"
  );
}
