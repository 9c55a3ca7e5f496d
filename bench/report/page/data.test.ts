import { describe, expect, test } from "vitest";
import { writeTick } from "./axis.js";
import { isLimitShown, resolveColumns, resolveOrder, resolveTop } from "./data.js";
import type { Plot } from "./payload.js";

describe("resolveColumns", () => {
  test("a stack's parts are drawn to their tops, the highest first", () => {
    const plot = buildPlot("stack", [
      [1, 2],
      [10, null],
    ]);

    expect(resolveColumns(plot)).toEqual([
      [11, 2],
      [1, 2],
    ]);
    expect(resolveOrder(plot).map(({ label }) => label)).toEqual([
      "series 1",
      "series 0",
    ]);
    expect(resolveTop(plot)).toBeCloseTo(11.77);
  });

  test("lines stay as they are", () => {
    expect(resolveColumns(buildPlot("lines", [[1, null]]))).toEqual([[1, null]]);
  });
});

describe("isLimitShown", () => {
  test("a limit that would press the data flat is not drawn", () => {
    const plot = buildPlot("lines", [[100]]);

    expect(isLimitShown({ ...plot, limit: { label: "slots", value: 200 } })).toBe(true);
    expect(isLimitShown({ ...plot, limit: { label: "slots", value: 5_000 } })).toBe(
      false,
    );
    expect(isLimitShown(plot)).toBe(false);
  });

  test("an axis has a length even of nothing", () => {
    expect(resolveTop(buildPlot("lines", [[]]))).toBe(1);
  });
});

describe("writeTick", () => {
  test("ticks of one axis are in one unit", () => {
    const ticks = [0, 30_000, 60_000, 90_000];

    expect(ticks.map((at) => writeTick("ms", at, 30_000))).toEqual([
      "0",
      "30 s",
      "60 s",
      "90 s",
    ]);
    expect(writeTick("ms", 1_200_000, 300_000)).toBe("20 min");
    expect(writeTick("count", 5_000, 1_000)).toBe("5,000");
    expect(writeTick("perSecond", 20, 20)).toBe("20");
  });
});

function buildPlot(kind: Plot["kind"], columns: (number | null)[][]): Plot {
  return {
    kind,
    x: { label: "x", unit: "count", values: columns[0]!.map((_, index) => index) },
    y: { label: "y", unit: "count" },
    series: columns.map((values, index) => ({
      label: `series ${index}`,
      color: "blue",
      values,
    })),
    limit: null,
    sync: null,
  };
}
