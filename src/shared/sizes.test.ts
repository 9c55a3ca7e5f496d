import { convexToJson, getConvexSize, getDocumentSize, type Value } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  DOCUMENT_VALUE_BYTES_MAX,
  MEASURE_BYTES_MAX,
  PLATFORM_DOCUMENT_BYTES_MAX,
} from "./constants.js";
import { checkDocumentValue, measureValue, type ValueFault } from "./sizes.js";

const label = 'the result of step "x"';
const check = (value: unknown, wrapperNesting?: number) =>
  checkDocumentValue(value, { label, wrapperNesting });

function nest(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1)
    value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

function objectOf(fields: number): Record<string, number> {
  return Object.fromEntries(
    Array.from({ length: fields }, (_, field) => [`f${field}`, field]),
  );
}

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: true,
  withSparseArray: true,
  withBoxedValues: true,
  withObjectString: true,
  withUnicodeString: true,
  maxDepth: 4,
});

describe("checkDocumentValue accepts", () => {
  test.each<[string, unknown]>([
    ["no value", undefined],
    [
      "every kind of atom",
      [null, true, 1, Number.NaN, -0, 1n, "x", "😀", new ArrayBuffer(3)],
    ],
    ["undefined fields", { a: undefined, b: 1 }],
    ["an object without prototype", Object.assign(Object.create(null), { a: 1 })],
    [
      "any printable ASCII name, also empty or with an underscore",
      { "": 1, _id: 2, "a b~": 3 },
    ],
    ["the longest name", { ["n".repeat(1024)]: 1 }],
    ["the longest array", new Array(8192).fill(null)],
    ["the most fields", { ...objectOf(1024), dropped: undefined }],
    ["the deepest nesting", nest(15)],
    ["the ends of int64", [2n ** 63n - 1n, -(2n ** 63n)]],
    ["the same object twice", ((shared) => [shared, shared])({ a: 1 })],
    ["the largest string", "x".repeat(DOCUMENT_VALUE_BYTES_MAX - 2)],
  ])("%s", (_name, value) => {
    expect(check(value)).toEqual({ ok: true, bytes: getConvexSize(value as Value) });
  });

  test("nothing that does not fit into a document", () => {
    const largest = { value: "x".repeat(DOCUMENT_VALUE_BYTES_MAX - 2) };

    expect(getDocumentSize(largest)).toBeLessThan(PLATFORM_DOCUMENT_BYTES_MAX);
  });
});

describe("checkDocumentValue refuses", () => {
  const cycle: unknown[] = [];
  cycle.push({ back: cycle });
  const hostile = {
    get a() {
      throw new Error("no");
    },
  };
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();

  test.each<[string, unknown, ValueFault, RegExp]>([
    [
      "a value too large",
      "x".repeat(DOCUMENT_VALUE_BYTES_MAX),
      "too_large",
      /step "x" is too large \(983042 bytes > limit 983040\)\. Store it elsewhere/,
    ],
    ["a value too deep", nest(16), "too_deep", /deeper than 15 levels/],
    [
      "too many fields",
      { a: objectOf(1025) },
      "too_many_fields",
      /at \.a, has 1025 fields > limit 1024/,
    ],
    [
      "an array too long",
      { a: [new Array(8193).fill(0)] },
      "array_too_long",
      /at \.a\[0\], has 8193 elements > limit 8192/,
    ],
    ["undefined in an array", [1, undefined], "unsupported", /at \[1\], is undefined/],
    [
      "a hole in an array",
      [1, , 2],
      "unsupported",
      /at \[1\], is undefined \(or a hole\)/,
    ],
    ["a function", { a: () => 1 }, "unsupported", /at \.a, is a function/],
    ["a symbol", Symbol("s"), "unsupported", /is a symbol/],
    [
      "a Date",
      { at: new Date() },
      "unsupported",
      /at \.at, is an instance of Date.*getTime/,
    ],
    ["a Map", new Map(), "unsupported", /instance of Map.*fromEntries/],
    ["a Promise", [Promise.resolve()], "unsupported", /instance of Promise.*Await/],
    [
      "an error of any class",
      new RangeError("x"),
      "unsupported",
      /instance of RangeError.*message/,
    ],
    [
      "a class instance",
      new (class Order {})(),
      "unsupported",
      /instance of Order.*plain object/,
    ],
    [
      "typed arrays",
      new Uint8Array(1),
      "unsupported",
      /view of bytes.*slice\(\)\.buffer/,
    ],
    ["a bigint beyond 64 bits", 2n ** 63n, "unsupported", /beyond 64 bits/],
    [
      "half a surrogate pair",
      ["a\ud83d"],
      "unsupported",
      /half a surrogate pair.*toWellFormed/,
    ],
    ["a reserved name", { $a: 1 }, "unsupported", /starts with '\$'/],
    ["a name that is not ASCII", { é: 1 }, "unsupported", /printable ASCII/],
    ["a control character in a name", { "a\n": 1 }, "unsupported", /printable ASCII/],
    [
      "a name too long",
      { ["n".repeat(1025)]: 1 },
      "unsupported",
      /1025 characters > limit 1024/,
    ],
    [
      "a field named __proto__",
      JSON.parse('{"__proto__": 1}'),
      "unsupported",
      /__proto__/,
    ],
    [
      "a cycle",
      cycle,
      "unsupported",
      /at \[0\]\.back, refers to an object that contains it/,
    ],
    ["a getter that throws", { b: hostile }, "unsupported", /at \.b, cannot be read/],
    ["a revoked proxy", [revoked], "unsupported", /at \[0\], cannot be read/],
  ])("%s", (_name, value, reason, message) => {
    expect(check(value)).toMatchObject({
      ok: false,
      reason,
      message: expect.stringMatching(message) as unknown,
    });
  });

  test("one level less for each object around the value", () => {
    expect(check(nest(14), 2).ok).toBe(true);
    expect(check(nest(15), 2)).toMatchObject({ reason: "too_deep", limit: 14 });
  });

  test("arrays that share their elements, without walking them all", () => {
    let shared: unknown[] = [1];
    for (let level = 0; level < 12; level += 1)
      shared = new Array<unknown>(8_000).fill(shared);

    const verdict = check(shared);

    expect(verdict).toMatchObject({
      reason: "too_large",
      message: expect.stringMatching(/at least/) as unknown,
    });
    expect(verdict.bytes).toBeLessThan(MEASURE_BYTES_MAX + 1_000);
  });

  test("a long path without repeating it whole", () => {
    const verdict = check({ ["n".repeat(1024)]: () => 1 });

    expect(verdict.ok ? "" : verdict.message.length).toBeLessThan(400);
  });
});

describe("checkDocumentValue over any value", () => {
  test("never throws, and accepts only what the client library can send", () => {
    fc.assert(
      fc.property(anything, (value) => {
        const verdict = check(value);

        if (verdict.ok && value !== undefined) {
          expect(verdict.bytes).toBe(getConvexSize(value as Value));
          expect(() => convexToJson(value as Value)).not.toThrow();
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("never throws for a proxy whose every trap throws", () => {
    const traps = new Proxy(
      {},
      {
        get: () => () => {
          throw new Error("trap");
        },
      },
    );
    const hostile: unknown = new Proxy({}, traps);

    expect(check(hostile)).toMatchObject({ reason: "unsupported" });
    expect(check({ a: [hostile] })).toMatchObject({ reason: "unsupported" });
  });
});

describe("measureValue", () => {
  test.each<[Value | undefined, number]>([
    [undefined, 0],
    [1, 0],
    [new ArrayBuffer(1), 0],
    [[], 1],
    [{}, 1],
    [{ a: [{ b: 1 }], c: 1 }, 3],
  ])("%o has nesting %i", (value, nesting) => {
    expect(measureValue(value)).toEqual({ bytes: getConvexSize(value), nesting });
  });
});
