/**
 * Whether two values are the same to the database, which makes a replace a no-op.
 *
 * Differs from `===` where compareValues does: -0 is not 0, NaN is NaN.
 */
import type { Value } from "convex/values";

import { isBytes, isPlaceholder } from "./placeholder.js";

export function areEqual(a: Value | undefined, b: Value | undefined): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return Object.is(a, b);
  }
  if (a === b) {
    return true;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && areArraysEqual(a, b);
  }
  if (isBytes(a) || isBytes(b)) {
    return isBytes(a) && isBytes(b) && areBytesEqual(a, b);
  }
  if (isPlaceholder(a) || isPlaceholder(b)) {
    return isPlaceholder(a) && isPlaceholder(b);
  }
  return areFieldsEqual(a, b);
}

type Fields = Record<string, Value | undefined>;

function areArraysEqual(a: readonly Value[], b: readonly Value[]): boolean {
  return (
    a.length === b.length && a.every((element, index) => areEqual(element, b[index]))
  );
}

function areBytesEqual(a: ArrayBuffer, b: ArrayBuffer): boolean {
  if (a.byteLength !== b.byteLength) {
    return false;
  }
  const others = new Uint8Array(b);
  return new Uint8Array(a).every((byte, index) => byte === others[index]);
}

/** An undefined field is an absent one. */
function areFieldsEqual(a: Fields, b: Fields): boolean {
  for (const name of Object.keys(a)) {
    if (!areEqual(a[name], b[name])) {
      return false;
    }
  }
  return Object.keys(b).every((name) => b[name] === undefined || a[name] !== undefined);
}
