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
  test.each([1, 2, 3])("%d is a whole number from 1 to 3", (value) => {
    expect(() => checkWhole("shards", value, 1, 3)).not.toThrow();
  });

  test.each([0, 4, 1.5, Number.NaN])("%d is not", (value) => {
    expect(catchOf(() => checkWhole("shards", value, 1, 3))).toMatchObject({
      data: { code: "INVALID_OPTIONS", option: "shards", actual: String(value) },
    });
  });

  test("a fraction within the range is told that it must be whole", () => {
    expect(() => checkWhole("shards", 1.5, 1, 3)).toThrow(
      /shards is 1\.5; it must be a whole number from 1 to 3/,
    );
  });
});
