/**
 * The part of an index that a list of range expressions selects, as keys.
 *
 * Which expressions may stand together, and what is said when they may not, differs:
 * platformRange.ts and convexTestRange.ts check, this file computes.
 */
import type { Value } from "convex/values";
import { encodeKey, pointRange, prefixRange, type KeyRange } from "../values/keys.js";

export interface Bound {
  readonly value: Value | undefined;
  readonly inclusive: boolean;
}

export interface Bounds {
  /** Values of the first fields of the index. */
  readonly equal: readonly (Value | undefined)[];
  /** Bounds on the field after those. */
  readonly lower?: Bound;
  readonly upper?: Bound;
}

/** `keyLength`: number of fields of the index key, `_id` included. */
export function keyRange(bounds: Bounds, keyLength: number): KeyRange {
  const { equal, lower, upper } = bounds;
  const prefix = encodeKey(equal);
  if (lower === undefined && upper === undefined && equal.length === keyLength) {
    return pointRange(prefix);
  }
  const whole = prefixRange(prefix);
  return {
    start: lower === undefined ? whole.start : edge(equal, lower.value, !lower.inclusive),
    end: upper === undefined ? whole.end : edge(equal, upper.value, upper.inclusive),
  };
}

/** The position before all keys with this value, or after all of them. */
function edge(
  equal: readonly (Value | undefined)[],
  value: Value | undefined,
  after: boolean,
): string {
  const key = encodeKey([...equal, value]);
  return after ? prefixRange(key).end : key;
}
