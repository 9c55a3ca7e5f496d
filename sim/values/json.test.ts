/** Held against `convex/values`, result for result and error for error. */
import { convexToJson, jsonToConvex, type JSONValue, type Value } from "convex/values";
import fc from "fast-check";
import { expect, test } from "vitest";
import { takeJson, writeJson } from "./json.js";

const { value: vJson } = fc.letrec<{ value: JSONValue; fields: JSONValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: "binary" }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom<JSONValue>(
      { $integer: "AQAAAAAAAAA=" },
      { $float: "AAAAAAAA+H8=" },
      { $bytes: "AQID" },
      { $commitTs: null },
    ),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("fields"),
  ),
  fields: fc.dictionary(
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom("b", "a", "_id", "10", "9", "Z z") },
      { weight: 1, arbitrary: fc.constantFrom("$integer", "$x", "é", "__proto__", "") },
    ),
    tie("value"),
    { maxKeys: 4, noNullPrototype: true },
  ),
}));

/** What it gives or throws, as something to compare. */
function outcome(run: () => unknown): unknown {
  try {
    return { returned: run() };
  } catch (error) {
    return { thrown: (error as Error).message };
  }
}

test("what is taken is what the package would make of it", () => {
  fc.assert(
    fc.property(vJson, (json) => {
      const text = JSON.stringify(json);
      const parse = () => JSON.parse(text) as JSONValue;
      expect(outcome(() => takeJson(parse()))).toStrictEqual(
        outcome(() => jsonToConvex(parse())),
      );
    }),
    { numRuns: 2_000 },
  );
});

test("what is written is what the package would write", () => {
  const write = (value: Value) => JSON.stringify(convexToJson(value));
  fc.assert(
    fc.property(vJson, (json) => {
      let value: Value;
      try {
        value = jsonToConvex(JSON.parse(JSON.stringify(json)) as JSONValue);
      } catch {
        return;
      }
      expect(outcome(() => writeJson(value))).toEqual(outcome(() => write(value)));
    }),
    { numRuns: 2_000 },
  );
  const wrong = [{ __proto__: [] }] as unknown as Value;
  expect(outcome(() => writeJson(wrong))).toEqual(outcome(() => write(wrong)));
  const numbers = {
    nan: NaN,
    zero: -0,
    infinite: -Infinity,
    small: 5e-324,
    none: undefined,
  };
  const value = { numbers, bytes: new ArrayBuffer(2) } as unknown as Value;
  expect(writeJson(value)).toBe(write(value));
});

test("what is plain is taken over as it is", () => {
  const json = { a: [{ b: 1 }], c: { $integer: "AQAAAAAAAAA=" } };
  const value = takeJson(json);
  expect(value).toBe(json);
  expect(value).toEqual({ a: [{ b: 1 }], c: 1n });
});
