import { describe, expect, test } from "vitest";
import {
  computeDecileMedians,
  computeMedian,
  computePercentile,
  computeRankCorrelation,
} from "./statistics.js";

const ONE_TO_HUNDRED = Array.from({ length: 100 }, (_, index) => index + 1);

describe("computePercentile", () => {
  test.each([
    [1, 1],
    [50, 50],
    [90, 90],
    [99, 99],
    [100, 100],
  ])("the %i-th of 1 to 100 is %i", (percent, expected) => {
    expect(computePercentile(ONE_TO_HUNDRED, percent)).toBe(expected);
  });

  test("is always one of the values, whatever their order", () => {
    expect(computePercentile([30, 10, 20], 50)).toBe(20);
    expect(computePercentile([7], 99)).toBe(7);
  });

  test("sorts numbers, not their digits", () => {
    expect(computePercentile([9, 10, 100], 100)).toBe(100);
  });

  test("is NaN of nothing", () => {
    expect(computePercentile([], 50)).toBeNaN();
  });
});

describe("computeMedian", () => {
  test("is the middle of an odd number, the mean of the middle two of an even one", () => {
    expect(computeMedian([3, 1, 2])).toBe(2);
    expect(computeMedian([4, 1, 2, 3])).toBe(2.5);
  });

  test("is NaN of nothing", () => {
    expect(computeMedian([])).toBeNaN();
  });
});

describe("computeDecileMedians", () => {
  test("takes tenths in the given order", () => {
    const medians = computeDecileMedians(ONE_TO_HUNDRED);

    expect(medians).toEqual([5.5, 15.5, 25.5, 35.5, 45.5, 55.5, 65.5, 75.5, 85.5, 95.5]);
  });

  test("every value is in one tenth, when ten does not divide their number", () => {
    const medians = computeDecileMedians(ONE_TO_HUNDRED.slice(0, 12));

    expect(medians).toHaveLength(10);
    expect(medians.at(-1)).toBe(11.5);
  });

  test("fewer than ten values are tenths of their own", () => {
    expect(computeDecileMedians([5, 3])).toEqual([5, 3]);
    expect(computeDecileMedians([])).toEqual([]);
  });
});

describe("computeRankCorrelation", () => {
  test("is 1 for the same order and -1 for the opposite one, however far apart", () => {
    expect(computeRankCorrelation([1, 2, 3], [10, 20, 9_000])).toBeCloseTo(1);
    expect(computeRankCorrelation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1);
  });

  test("gives ties the mean of their ranks", () => {
    // Ranks 1, 2, 3, 4 and 1, 2.5, 2.5, 4: 4.5 / sqrt(5 x 4.5).
    expect(computeRankCorrelation([1, 2, 3, 4], [1, 2, 2, 3])).toBeCloseTo(0.9487, 4);
  });

  test("is NaN where there is no order", () => {
    expect(computeRankCorrelation([1], [1])).toBeNaN();
    expect(computeRankCorrelation([1, 2], [5, 5])).toBeNaN();
  });
});
