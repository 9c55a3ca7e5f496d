/**
 * What is no Convex value, and what to pass instead.
 *
 * Stricter than the client library in three places, where it lets pass what is lost or
 * refused later: holes in arrays become null, a field named `__proto__` vanishes, and half
 * a surrogate pair is no JSON to the backend.
 */
import {
  PLATFORM_FIELD_NAME_LENGTH_MAX,
  PLATFORM_INT64_MAX,
  PLATFORM_INT64_MIN,
} from "./constants.js";
import { isWellFormed } from "./text.js";

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

const ADVICE_BY_CLASS: Readonly<Record<string, string>> = {
  Date: "Pass its milliseconds: date.getTime()",
  Error: "Pass its message, or throw it",
  Map: "Pass Object.fromEntries(map), or its entries",
  Promise: "Await it first",
  RegExp: "Pass its source",
  Response: "Pass what it holds: await response.json()",
  Set: "Pass [...set]",
  URL: "Pass its href",
};
const ADVICE_OTHERWISE = "Pass a plain object with the fields you need";

/** Finds why `value` itself, apart from what it contains, cannot be stored; null if it can. */
export function findUnsupported(value: unknown): string | null {
  switch (typeof value) {
    case "undefined":
      return "is undefined (or a hole), which an array cannot hold. Use null";
    case "function":
      return "is a function, which cannot be stored. Pass data";
    case "symbol":
      return "is a symbol, which cannot be stored. Pass a string";
    case "bigint":
      if (value >= PLATFORM_INT64_MIN && value <= PLATFORM_INT64_MAX) return null;
      return "is a bigint beyond 64 bits. Pass it as a string";
    case "string":
      if (isWellFormed(value)) return null;
      return "is a string with half a surrogate pair, as cutting text may leave. Repair it with text.toWellFormed()";
    case "object":
      return value === null ? null : findUnsupportedObject(value);
    default:
      return null;
  }
}

function findUnsupportedObject(value: object): string | null {
  if (Array.isArray(value) || value instanceof ArrayBuffer) return null;
  if (ArrayBuffer.isView(value)) {
    return "is a view of bytes, which cannot be stored. Pass an ArrayBuffer: bytes.slice().buffer";
  }
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || prototype === Object.prototype) return null;
  const name: unknown = (prototype as { constructor?: { name?: unknown } }).constructor
    ?.name;
  // As the client library does, so that plain objects of another realm count as plain.
  if (name === "Object") return null;
  const shownName = typeof name === "string" && name !== "" ? name : "a class";
  return `is an instance of ${shownName}, which cannot be stored. ${findAdvice(value, shownName)}`;
}

function findAdvice(value: object, name: string): string {
  if (value instanceof Error) return ADVICE_BY_CLASS.Error!;
  return Object.hasOwn(ADVICE_BY_CLASS, name) ? ADVICE_BY_CLASS[name]! : ADVICE_OTHERWISE;
}

/**
 * Finds why `name` cannot be a field of an object inside a document; null if it can. An
 * empty name, or one that starts with `_`, is refused by the backend at the top level of a
 * document only, and a user's value never stands there.
 */
export function findFieldNameFault(name: string): string | null {
  if (name.startsWith("$"))
    return "has a field name that starts with '$', which is reserved. Rename it";
  if (name === "__proto__")
    return "has a field named __proto__, which is lost on the way. Rename it";
  if (!PRINTABLE_ASCII.test(name)) {
    return "has a field name with characters other than printable ASCII. Use an array of { key, value }";
  }
  if (name.length <= PLATFORM_FIELD_NAME_LENGTH_MAX) return null;
  return `has a field name of ${name.length} characters > limit ${PLATFORM_FIELD_NAME_LENGTH_MAX}. Shorten it`;
}
