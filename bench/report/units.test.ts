import { describe, expect, test } from "vitest";
import { format, formatNamed, formatNumber, formatShare, NOTHING } from "./units.js";

describe("format", () => {
  test.each([
    ["ms", 0, "0 ms"],
    ["ms", 0.4, "0.4 ms"],
    ["ms", 999.4, "999 ms"],
    ["ms", 999.6, "1.00 s"],
    ["ms", 12_345, "12.35 s"],
    ["ms", 59_999, "60.0 s"],
    ["ms", 72_345, "72.3 s"],
    ["ms", 1_203_000, "20 min 03 s"],
    ["ms", 3_599_900, "1 h 00 min"],
    ["ms", 7_530_000, "2 h 06 min"],
    ["seconds", 90, "90.0 s"],
    ["count", 20_000, "20,000"],
    ["bytes", 512, "512 bytes"],
    ["bytes", 1_536, "1.5 KiB"],
    ["bytes", 21_200_000, "20.2 MiB"],
    ["bytes", 1_023.99 * 1_024, "1.0 MiB"],
    ["usd", 0.0114, "$0.0114"],
    ["times", 1.02, "1.020×"],
    ["times", 2_218.303, "2,218×"],
    ["perSecond", 66.7, "66.7/s"],
    ["correlation", 0.99912, "0.9991"],
    ["gibHours", 0.25, "0.25 GiB h"],
  ] as const)("%s of %d is written with its unit: %s", (unit, value, expected) => {
    expect(format(unit, value)).toBe(expected);
  });

  test("what was not measured is a dash, and no zero", () => {
    expect([null, undefined, NaN].map((value) => format("ms", value))).toEqual([
      NOTHING,
      NOTHING,
      NOTHING,
    ]);
    expect(format("times", Infinity)).toBe("∞");
  });

  test("a correlation just below one is not rounded up to it", () => {
    expect(format("correlation", 0.99996)).toBe("0.9999");
    expect(format("correlation", 1)).toBe("1.0000");
  });
});

describe("formatNumber", () => {
  test.each([
    [0, "0"],
    [0.00012, "0.00012"],
    [0.05, "0.05"],
    [1.1, "1.1"],
    [7.28949, "7.289"],
    [12.34, "12.3"],
    [1_234.5, "1,235"],
    [5_000, "5,000"],
  ])("%d is %s", (value, expected) => {
    expect(formatNumber(value)).toBe(expected);
  });
});

describe("formatNamed", () => {
  test("takes the unit from the name's last word", () => {
    expect(formatNamed("appDelayP99Ms", 41.5)).toEqual(["app delay p99", "42 ms"]);
    expect(formatNamed("stateBytes", 2_048)).toEqual(["state", "2.0 KiB"]);
  });

  test("a name without a unit stays whole", () => {
    expect(formatNamed("rateLimited", 3)).toEqual(["rate limited", "3"]);
    expect(formatNamed("ms", 3)).toEqual(["ms", "3 ms"]);
  });
});

test("formatShare: a part of nothing is a dash", () => {
  expect(formatShare(1, 8)).toBe("12.5%");
  expect(formatShare(0, 0)).toBe(NOTHING);
});
