/** The order of keys against that of convex/values, and what ranges hold. */
import { CommitTsPlaceholder, compareValues, type Value } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  encodeKey,
  encodeStringKey,
  EVERYTHING,
  keyAfter,
  KEY_MAX,
  pointRange,
  prefixRange,
  type KeyRange,
} from "./keys.js";

const RUNS = 3_000;

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom(
    "",
    "\0",
    "a",
    "a\0",
    "a\0b",
    "\x7f",
    "é",
    "\uffff",
    "\u{1f600}",
    "\ud800",
  ),
);
const bytes = fc
  .uint8Array({ maxLength: 4 })
  .map((content) => Uint8Array.from(content).buffer);
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(0n, 1n, -1n),
    fc.double(),
    fc.constantFrom(0, -0, 1, -1, 255, 256, Number.NaN, Infinity, -Infinity, 5e-324),
    fc.boolean(),
    text,
    bytes,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "ab", "b", "B", "_x"), tie("value"), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
}));
const field = fc.oneof({ weight: 5, arbitrary: value }, fc.constant(undefined));

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order = compareValues(a[index] as Value, b[index] as Value);
    if (order !== 0) {
      return Math.sign(order);
    }
  }
  return Math.sign(a.length - b.length);
}

function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a === b ? 0 : 1;
}

function holds(range: KeyRange, key: string): boolean {
  return range.start <= key && key < range.end;
}

describe("encodeKey", () => {
  test("keys order as their values do", () => {
    fc.assert(
      fc.property(field, field, (a, b) => {
        expect(compareStrings(encodeKey([a]), encodeKey([b]))).toBe(
          compareLists([a], [b]),
        );
      }),
      { numRuns: RUNS },
    );
  });

  test("keys of lists order field by field", () => {
    const list = fc.array(field, { minLength: 2, maxLength: 3 });
    fc.assert(
      fc.property(list, list, (a, b) => {
        expect(compareStrings(encodeKey(a), encodeKey(b))).toBe(compareLists(a, b));
      }),
      { numRuns: RUNS },
    );
  });

  test("values of every type ascend in the platform's order", () => {
    const ascending = [
      undefined,
      null,
      -1n,
      0n,
      2n ** 63n - 1n,
      -Infinity,
      -1,
      -0,
      0,
      1,
      Infinity,
      Number.NaN,
      false,
      true,
      "",
      "a",
      "é",
      "\uffff",
      "\u{1f600}",
      new ArrayBuffer(0),
      [],
      [null],
      [1, 2],
      [2],
      {},
      { a: 1 },
      { a: 2 },
      { b: 0 },
    ];
    const keys = ascending.map((each) => encodeKey([each]));

    expect([...keys].sort()).toEqual(keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("a pending commit timestamp orders as the greatest int64", () => {
    expect(encodeKey([new CommitTsPlaceholder()])).toBe(encodeKey([2n ** 63n - 1n]));
  });

  test("all characters fit a byte, and all keys are below KEY_MAX", () => {
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 3 }), (list) => {
        const key = encodeKey(list);

        expect([...key].every((character) => character.charCodeAt(0) <= 0xff)).toBe(true);
        expect(holds(EVERYTHING, key)).toBe(true);
        expect(key < KEY_MAX).toBe(true);
      }),
    );
  });

  test("a key longer than the scratch buffer is whole", () => {
    const long = "x".repeat(100_000);

    expect(encodeKey([long, 1])).toBe(encodeKey([long]) + encodeKey([1]));
  });

  test("encodeStringKey is the key of a list with one string", () => {
    fc.assert(fc.property(text, (each) => encodeStringKey(each) === encodeKey([each])));
  });
});

describe("ranges", () => {
  test("prefixRange holds exactly the lists that start with the prefix", () => {
    fc.assert(
      fc.property(field, fc.array(field, { maxLength: 2 }), (first, rest) => {
        const key = encodeKey([first, ...rest]);

        expect(key.startsWith(encodeKey([first]))).toBe(true);
        expect(holds(prefixRange(encodeKey([first])), key)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(field, field, (prefix, other) => {
        const isSame = compareLists([prefix], [other]) === 0;
        const range = prefixRange(encodeKey([prefix]));

        expect(holds(range, encodeKey([other, 1]))).toBe(isSame);
      }),
      { numRuns: RUNS },
    );
  });

  test("pointRange holds its key and nothing else", () => {
    fc.assert(
      fc.property(field, field, (a, b) => {
        const isSame = compareLists([a], [b]) === 0;

        expect(holds(pointRange(encodeKey([a])), encodeKey([b]))).toBe(isSame);
      }),
      { numRuns: RUNS },
    );
  });

  test("nothing lies between a key and the one after it", () => {
    const key = encodeKey(["a"]);

    expect(keyAfter(key) > key).toBe(true);
    expect(keyAfter(key)).toBe(`${key}\0`);
  });
});
