import { compareValues, convexToJson, type JSONValue, type Value } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compare } from "./compare.js";
import { compileFilter, evaluateFilter } from "./filter.js";

const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Value>(
      null,
      true,
      false,
      0,
      -0,
      1,
      NaN,
      "",
      "a",
      "é",
      "😀",
      "\uffff",
    ),
    fc.bigInt({ min: -3n, max: 3n }),
    fc.constant(new Uint8Array([1, 2]).buffer),
    fc.array(tie("value"), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("a", "b"), tie("value"), { maxKeys: 2 }),
  ),
})).value;
const perhaps = fc.option(value, { nil: undefined });

function literal(operand: Value | undefined): JSONValue {
  const json = operand === undefined ? { $undefined: null } : convexToJson(operand);
  return { $literal: json };
}

describe("compare", () => {
  test("is compareValues", () => {
    fc.assert(
      fc.property(perhaps, perhaps, (left, right) => {
        expect(Math.sign(compare(left, right))).toBe(
          Math.sign(compareValues(left, right)),
        );
      }),
    );
  });
});

describe("the platform's filters", () => {
  test("compare fields and literals in the order of indexes", () => {
    const tests: Record<string, (order: number) => boolean> = {
      $eq: (order) => order === 0,
      $neq: (order) => order !== 0,
      $lt: (order) => order < 0,
      $lte: (order) => order <= 0,
      $gt: (order) => order > 0,
      $gte: (order) => order >= 0,
    };
    fc.assert(
      fc.property(
        perhaps,
        perhaps,
        fc.constantFrom(...Object.keys(tests)),
        (found, operand, operator) => {
          const expression = { [operator]: [{ $field: "at.depth" }, literal(operand)] };
          const document = found === undefined ? {} : { at: { depth: found } };

          const predicate = compileFilter(expression, "platform");

          const expected = tests[operator]!(compareValues(found, operand));
          expect(predicate(document)).toBe(expected);
        },
      ),
    );
  });

  test("and, or and not nest as in logic", () => {
    interface Formula {
      json: JSONValue;
      truth: (document: Record<string, boolean>) => boolean;
    }
    const formula = fc.letrec<{ formula: Formula }>((tie) => ({
      formula: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("p", "q").map((name): Formula => ({
          json: { $field: name },
          truth: (document) => document[name]!,
        })),
        fc.array(tie("formula"), { maxLength: 3 }).map((members): Formula => ({
          json: { $and: members.map(({ json }) => json) },
          truth: (document) => members.every(({ truth }) => truth(document)),
        })),
        fc.array(tie("formula"), { maxLength: 3 }).map((members): Formula => ({
          json: { $or: members.map(({ json }) => json) },
          truth: (document) => members.some(({ truth }) => truth(document)),
        })),
        tie("formula").map(({ json, truth }): Formula => ({
          json: { $not: json },
          truth: (document) => !truth(document),
        })),
      ),
    })).formula;
    fc.assert(
      fc.property(formula, fc.boolean(), fc.boolean(), ({ json, truth }, p, q) => {
        expect(compileFilter(json, "platform")({ p, q })).toBe(truth({ p, q }));
      }),
    );
  });

  const two = literal(2);
  const failing: [string, JSONValue, string][] = [
    [
      "a value that is no boolean",
      { $field: "n" },
      "Cannot use value 3.0 (type Float64) as a Boolean",
    ],
    [
      "operands of two types",
      { $add: [two, literal(2n)] },
      "Cannot add 2.0 (type Float64) and 2 (type Int64)",
    ],
    ["division by zero", { $div: [literal(1n), literal(0n)] }, "Cannot divide 1 by zero"],
    [
      "overflow",
      { $mul: [literal(2n ** 62n), literal(2n)] },
      "Cannot multiply 4611686018427387904 and 2: the result is out of range for Int64",
    ],
    ["negation of a string", { $neg: literal("x") }, 'Cannot negate "x" (type String)'],
  ];
  test.each(failing)(
    "%s is refused in the backend's words",
    (_name, expression, words) => {
      expect(() => compileFilter(expression, "platform")({ n: 3 })).toThrow(words);
    },
  );

  test("arithmetic keeps to the type of its operands", () => {
    const compute = (expression: JSONValue) =>
      evaluateFilter({ n: 7 }, expression, "platform");

    expect(compute({ $mod: [{ $field: "n" }, literal(4)] })).toBe(3);
    expect(compute({ $div: [literal(-7n), literal(2n)] })).toBe(-3n);
    expect(compute({ $neg: { $sub: [literal(1n), literal(3n)] } })).toBe(2n);
  });
});
