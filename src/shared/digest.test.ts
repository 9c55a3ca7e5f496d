import { convexToJson, jsonToConvex, type Value } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { DIGEST_BYTES } from "./constants.js";
import { computeDigest } from "./digest.js";

const name = fc.stringMatching(/^[a-z0-9_]{1,6}$/).filter((text) => text !== "__proto__");
const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.string(),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => bytes.slice().buffer),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** The same value with the fields of every object in reverse order, and undefined ones added. */
function rebuild(value: Value): Value {
  if (Array.isArray(value)) return value.map(rebuild);
  if (typeof value !== "object" || value === null || value instanceof ArrayBuffer)
    return value;
  const fields = Object.entries(value).reverse();
  return Object.fromEntries([
    ["absent", undefined],
    ...fields.map(([key, inner]) => [key, rebuild(inner as Value)]),
  ]) as Value;
}

describe("computeDigest", () => {
  test("is 128 bits in hexadecimal", () => {
    expect(computeDigest({ a: 1 })).toMatch(
      new RegExp(`^[0-9a-f]{${2 * DIGEST_BYTES}}$`),
    );
  });

  test("stays what it was in earlier releases, as journals outlive them", () => {
    expect(computeDigest({ b: [1n, "x"], a: null })).toBe(
      "b521493935a0762914be38221ca22e90",
    );
    expect(computeDigest(undefined)).toBe("eb045d78d273107348b0300c01d29b75");
  });

  test("does not depend on the order of fields, nor on undefined ones", () => {
    fc.assert(
      fc.property(
        anyValue.filter(
          (value) => !JSON.stringify(convexToJson(value)).includes('"absent"'),
        ),
        (value) => {
          expect(computeDigest(rebuild(value))).toBe(computeDigest(value));
        },
      ),
    );
  });

  test("survives a round trip through the platform's JSON", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(computeDigest(jsonToConvex(convexToJson(value)))).toBe(
          computeDigest(value),
        );
      }),
    );
  });

  test("values that differ have digests that differ", () => {
    const values: (Value | undefined)[] = [
      undefined,
      null,
      false,
      0,
      -0,
      1,
      1n,
      "1",
      "",
      Number.NaN,
      [],
      {},
      [null],
      [[]],
      { a: 1 },
      { a: "1" },
      { a: { b: 1 } },
      { "a.b": 1 },
      new ArrayBuffer(0),
      new ArrayBuffer(1),
      "undefined",
    ];

    expect(new Set(values.map(computeDigest)).size).toBe(values.length);
  });

  test("what is no Convex value is refused", () => {
    expect(() => computeDigest(new Date() as unknown as Value)).toThrow(
      /not a supported Convex type/,
    );
  });
});
