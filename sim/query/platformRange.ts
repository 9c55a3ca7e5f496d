/**
 * Checks the range of an index query as the backend does, and says what it says.
 *
 * Equalities may come in any order as long as together with the one bounded field they
 * are the first fields of the index. Source: IndexRange::compile in convex-backend
 * crates/common/src/query.rs.
 */
import type { Value } from "convex/values";
import { displayValue } from "../schema/displayValue.js";
import { DeveloperError } from "../values/developerError.js";
import type { Bound, Bounds } from "./bounds.js";
import { queryValue } from "./filter.js";
import type { RangeExpression } from "./serialized.js";

const SIGNS = { Gt: ">", Gte: ">=", Lt: "<", Lte: "<=" } as const;

interface Split {
  readonly equal: Map<string, Value | undefined>;
  field: string | null;
  lower?: Bound;
  upper?: Bound;
}

/** `fields`: those of the index key without `_id`. `name`: `table.index`. */
export function platformBounds(
  name: string,
  fields: readonly string[],
  range: readonly RangeExpression[],
): Bounds {
  const split = splitRange(name, range);
  const key = [...fields, "_id"];
  for (const path of [
    ...split.equal.keys(),
    ...(split.field === null ? [] : [split.field]),
  ]) {
    if (!key.includes(path)) {
      throw new DeveloperError(
        "FieldNotInIndex",
        `The index range included a comparison with "${path}", but ${name} with fields ` +
          `${printFields(fields)} doesn't index this field. For more information see ` +
          "https://docs.convex.dev/using/indexes.",
      );
    }
  }
  const used = [...split.equal.keys()].sort((a, b) => key.indexOf(a) - key.indexOf(b));
  if (split.field !== null) {
    used.push(split.field);
  }
  const wrong = used.find((path, position) => path !== key[position]);
  if (wrong !== undefined) {
    throw new DeveloperError(
      "InvalidIndexRange",
      `Tried to query index ${name} but the query didn't use the index fields in order.\n` +
        `Index fields: ${printFields(fields)}\nQuery fields: ${printFields(used)}\n` +
        `First incorrect field: "${wrong}"\n` +
        "For more information see https://docs.convex.dev/using/indexes.",
    );
  }
  const equal = used.slice(0, split.equal.size).map((path) => split.equal.get(path));
  return { equal, lower: split.lower, upper: split.upper };
}

function splitRange(name: string, range: readonly RangeExpression[]): Split {
  const split: Split = { equal: new Map(), field: null };
  for (const { type, fieldPath, value: json } of range) {
    const value = queryValue(json);
    if (type !== "Eq") {
      addBound(split, name, type, fieldPath, value);
      continue;
    }
    if (split.equal.has(fieldPath)) {
      throw alreadyDefined("equality", fieldPath, "==", split.equal.get(fieldPath));
    }
    split.equal.set(fieldPath, value);
  }
  if (split.field !== null && split.equal.has(split.field)) {
    throw alreadyDefined("inequality", split.field, "==", split.equal.get(split.field));
  }
  return split;
}

function addBound(
  split: Split,
  name: string,
  type: keyof typeof SIGNS,
  field: string,
  value: Value | undefined,
): void {
  const side = type === "Lt" || type === "Lte" ? "upper" : "lower";
  if (split[side] !== undefined) {
    throw alreadyDefined(side, field, SIGNS[type], value);
  }
  if (split.field !== null && split.field !== field) {
    throw new DeveloperError(
      "BoundsOnMultipleFields",
      "Upper and lower bounds in `range` can only be applied to a single index field. This " +
        `query against index ${name} attempted to set a range bound on both ` +
        `"${split.field}" and "${field}". Consider using \`filter\` instead. See ` +
        "https://docs.convex.dev/using/indexes for more info.",
    );
  }
  split.field = field;
  split[side] = { value, inclusive: type === "Lte" || type === "Gte" };
}

function alreadyDefined(
  kind: string,
  field: string,
  sign: string,
  value: Value | undefined,
): DeveloperError {
  return new DeveloperError(
    "AlreadyDefinedBound",
    `Already defined ${kind} bound in index range. Can't add "${field}" ${sign} ` +
      `${displayValue(value)}.`,
  );
}

function printFields(fields: readonly string[]): string {
  return `[${fields.map((field) => `"${field}"`).join(", ")}]`;
}
