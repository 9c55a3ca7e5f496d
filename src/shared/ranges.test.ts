import { describe, expect, test } from "vitest";

import { checkRange, checkWhole } from "./ranges.js";

function catchOf(fn: () => unknown): unknown {
  try {
    return fn();
  } catch (error) {
    return error;
  }
}

describe("checkRange", () => {
  test.each([1, 1.5, 3])("%d is from 1 to 3", (value) => {
    expect(() => checkRange("shards", value, 1, 3)).not.toThrow();
  });

  test.each([0.99, 3.01, Number.NaN, "2", null, undefined])(
    "%s is not, and the error says what would be",
    (value) => {
      const error = catchOf(() => checkRange("shards", value as number, 1, 3));

      expect(error).toMatchObject({
        data: {
          code: "INVALID_OPTIONS",
          message: `shards is ${String(value)}; it must be a number from 1 to 3.`,
          option: "shards",
          actual: String(value),
          min: 1,
          max: 3,
        },
      });
    },
  );
});

describe("checkWhole", () => {
  test.each([1, 2, 3])("%d is whole and from 1 to 3", (value) => {
    expect(() => checkWhole("shards", value, 1, 3)).not.toThrow();
  });

  test.each([1.5, 0, 4, Number.NaN, Infinity])("%d is not", (value) => {
    expect(catchOf(() => checkWhole("shards", value, 1, 3))).toMatchObject({
      data: { code: "INVALID_OPTIONS", option: "shards", actual: String(value) },
    });
  });
});
