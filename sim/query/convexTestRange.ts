/**
 * Checks the range of an index query as convex-test 0.0.60 does, in its words: equalities
 * on the fields in the order of the index, then at most one lower and one upper bound on
 * the field after them.
 */
import type { Bound, Bounds } from "./bounds.js";
import { queryValue } from "./filter.js";
import type { RangeExpression } from "./serialized.js";
import type { Value } from "convex/values";

type Kind = "eq" | "gt" | "lt";

const KINDS: Record<RangeExpression["type"], Kind> = {
  Eq: "eq",
  Gt: "gt",
  Gte: "gt",
  Lt: "lt",
  Lte: "lt",
};

/** `key`: all fields of the index key, `_id` included. */
export function convexTestBounds(
  key: readonly string[],
  range: readonly RangeExpression[],
): Bounds {
  let position = 0;
  let state: Kind | "done" = "eq";
  const equal: (Value | undefined)[] = [];
  const bounds: { lower?: Bound; upper?: Bound } = {};
  range.forEach((expression, at) => {
    const kind = KINDS[expression.type];
    if (state === "done") {
      throw new Error(
        "Incorrect operator used in `withIndex`, cannot chain more operators after both " +
          `\`.gt\` and \`.lt\` were already used, got \`${printOperator(expression)}\`.`,
      );
    }
    if (state === "eq") {
      expectField(expression.fieldPath, key[position], "");
      position += 1;
      state = kind;
    } else if (kind !== "eq" && kind !== state) {
      expectField(
        expression.fieldPath,
        key[position - 1],
        "`.gt` and `.lt` must operate on the same field, ",
      );
      state = "done";
    } else {
      throw new Error(
        "Incorrect operator used in `withIndex`, cannot chain " +
          `\`.${expression.type.toLowerCase()}()\` after ` +
          `\`.${range[at - 1]!.type.toLowerCase()}()\``,
      );
    }
    const value = queryValue(expression.value);
    if (kind === "eq") {
      equal.push(value);
    } else {
      bounds[kind === "gt" ? "lower" : "upper"] = {
        value,
        inclusive: expression.type.endsWith("e"),
      };
    }
  });
  return { equal, ...bounds };
}

function expectField(found: string, expected: string | undefined, rule: string): void {
  if (found !== expected) {
    throw new Error(
      `Incorrect field used in \`withIndex\`, ${rule}expected "${expected}", got "${found}"`,
    );
  }
}

function printOperator({ type, fieldPath, value }: RangeExpression): string {
  return `.${type.toLowerCase()}(${fieldPath}, ${JSON.stringify(value)})`;
}
