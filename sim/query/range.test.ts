import { compareValues, convexToJson, type Value } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeKey } from "../values/keys.js";
import { keyRange } from "./bounds.js";
import { queryValue } from "./filter.js";
import { platformBounds } from "./platformRange.js";
import type { RangeExpression } from "./serialized.js";

const FIELDS = ["a", "b", "_creationTime"];

function expression(
  type: RangeExpression["type"],
  fieldPath: string,
  value: Value | undefined,
): RangeExpression {
  const json = value === undefined ? { $undefined: null } : convexToJson(value);
  return { type, fieldPath, value: json };
}

const value = fc.constantFrom<Value | undefined>(
  undefined,
  null,
  1n,
  0,
  1,
  "a",
  "ab",
  [1],
);
const inequality = fc.constantFrom<RangeExpression["type"]>("Gt", "Gte", "Lt", "Lte");

const HOLDS: Record<RangeExpression["type"], (order: number) => boolean> = {
  Eq: (order) => order === 0,
  Gt: (order) => order > 0,
  Gte: (order) => order >= 0,
  Lt: (order) => order < 0,
  Lte: (order) => order <= 0,
};

describe("platformBounds", () => {
  test("a range holds exactly the rows whose fields meet every expression", () => {
    const range = fc.oneof(
      fc.tuple(inequality, value).map(([type, v]) => [expression(type, "a", v)]),
      fc
        .tuple(value, inequality, value)
        .map(([a, type, b]) => [expression(type, "b", b), expression("Eq", "a", a)]),
      fc
        .tuple(value, value, value)
        .map(([a, low, high]) => [
          expression("Eq", "a", a),
          expression("Gt", "b", low),
          expression("Lte", "b", high),
        ]),
    );
    fc.assert(
      fc.property(range, value, value, (expressions, a, b) => {
        const row = new Map<string, Value | undefined>([
          ["a", a],
          ["b", b],
        ]);
        const key = encodeKey([a, b, 5, "id"]);

        const { start, end } = keyRange(platformBounds("t.i", FIELDS, expressions), 4);

        const expected = expressions.every(({ type, fieldPath, value: json }) => {
          return HOLDS[type](compareValues(row.get(fieldPath), queryValue(json)));
        });
        expect(start <= key && key < end).toBe(expected);
      }),
    );
  });

  const failing: [string, RangeExpression[], string][] = [
    [
      "a field the index does not have",
      [expression("Eq", "c", 1)],
      'The index range included a comparison with "c", but t.i with fields ' +
        '["a", "b", "_creationTime"] doesn\'t index this field. For more information see ' +
        "https://docs.convex.dev/using/indexes.",
    ],
    [
      "fields out of order",
      [expression("Eq", "b", 1)],
      "Tried to query index t.i but the query didn't use the index fields in order.\n" +
        'Index fields: ["a", "b", "_creationTime"]\nQuery fields: ["b"]\n' +
        'First incorrect field: "b"\n' +
        "For more information see https://docs.convex.dev/using/indexes.",
    ],
    [
      "two equalities on a field",
      [expression("Eq", "a", 1), expression("Eq", "a", 2)],
      'Already defined equality bound in index range. Can\'t add "a" == 1.0.',
    ],
    [
      "two lower bounds",
      [expression("Gt", "a", 1), expression("Gte", "a", "x")],
      'Already defined lower bound in index range. Can\'t add "a" >= "x".',
    ],
    [
      "an equality and a bound on a field",
      [expression("Eq", "a", 1), expression("Lt", "a", 2)],
      'Already defined inequality bound in index range. Can\'t add "a" == 1.0.',
    ],
    [
      "bounds on two fields",
      [expression("Gt", "a", 1), expression("Lt", "b", 2)],
      "Upper and lower bounds in `range` can only be applied to a single index field. This " +
        'query against index t.i attempted to set a range bound on both "a" and "b". ' +
        "Consider using `filter` instead. See https://docs.convex.dev/using/indexes for more " +
        "info.",
    ],
  ];
  test.each(failing)("%s is refused in the backend's words", (_name, range, words) => {
    expect(() => platformBounds("t.i", FIELDS, range)).toThrow(words);
  });
});
