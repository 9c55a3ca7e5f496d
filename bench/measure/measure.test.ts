/** What is made of the times: parts that add up, counts over time, owners of samples. */
import { describe, expect, test } from "vitest";
import { ONE_TWO_ONE } from "../scenario.js";
import { sumProfile } from "./cpu.js";
import { computePercentiles, splitDeciles } from "./percentiles.js";
import { countRefusals } from "./refusals.js";
import { computeSeries } from "./series.js";
import { computeRecord } from "./times.js";

describe("computeRecord", () => {
  test("the phases of the critical path add up to the workflow's time", () => {
    const call = (
      firstStart: number,
      lastEnd: number,
      busyMs = lastEnd - firstStart,
    ) => ({
      firstStart,
      lastEnd,
      busyMs,
      attempts: 1,
    });
    const calls = [call(50, 150), call(170, 260), call(180, 400, 120), call(450, 500)];
    const times = { createdAt: 0, endedAt: 520, rows: [30, 165, 165, 420], calls };

    const { phases, nextRow, nextStart } = computeRecord(times, ONE_TWO_ONE, 0);

    expect(phases).toEqual({ queued: 30, gate: 65, api: 270, retry: 100, commit: 55 });
    expect(Object.values(phases).reduce((a, b) => a + b, 0)).toBe(520);
    expect(nextRow).toEqual([15, 20]);
    expect(nextStart).toEqual([20, 50]);
  });
});

test("computePercentiles takes the nearest rank, and is 0 of nothing", () => {
  const values = Array.from({ length: 100 }, (_, n) => 100 - n);

  expect(computePercentiles(values)).toMatchObject({
    p50: 50,
    p90: 90,
    p99: 99,
    max: 100,
  });
  expect(computePercentiles([])).toMatchObject({ count: 0, p50: 0, max: 0 });
});

test("splitDeciles loses nothing and keeps the order", () => {
  const values = Array.from({ length: 23 }, (_, n) => n);

  expect(splitDeciles(values)).toHaveLength(10);
  expect(splitDeciles(values).flat()).toEqual(values);
});

test("computeSeries counts what goes on at the end of each second", () => {
  const series = computeSeries({
    beganAt: 1_000,
    endedAt: 4_000,
    intervals: [
      [1_000, 2_500],
      [1_200, 1_300],
    ],
    queued: [[1_000, Infinity]],
    waiting: [],
    starts: [1_000, 1_200],
    refusals: [2_100],
    ends: [3_999],
  });

  expect(series).toEqual({
    everyMs: 1_000,
    running: [1, 0, 0],
    queued: [1, 1, 1],
    waiting: [0, 0, 0],
    startsPerSecond: [2, 0, 0],
    refusedPerSecond: [0, 1, 0],
    completedPerSecond: [0, 0, 1],
  });
});

test("sumProfile gives each sample to the source of its function, and idling to nobody", () => {
  const node = (id: number, url: string, functionName = "f") => ({
    id,
    callFrame: { functionName, scriptId: "", url, lineNumber: 0, columnNumber: 0 },
  });
  const nodes = [
    node(1, "file:///p/src/client/runtime/loop.ts"),
    node(2, "file:///p/src/component/commits.ts"),
    node(3, "file:///p/sim/store/store.ts"),
    node(4, "file:///p/node_modules/convex/dist/esm/values/value.js"),
    node(5, "", "(idle)"),
    node(6, "", "(garbage collector)"),
  ];
  const samples = [1, 1, 2, 3, 4, 5, 6];

  const cpu = sumProfile(
    { nodes, startTime: 0, endTime: 7e6, samples, timeDeltas: samples.map(() => 1e6) },
    1_000,
  );

  expect(cpu).toEqual({
    sampledSeconds: 6,
    engine: 2,
    component: 1,
    simulator: 1,
    bench: 0,
    packages: 1,
    runtime: 1,
    engineMsPerStep: 2,
  });
});

test("countRefusals tells those of each limit, and the most within a second", () => {
  const refused = [100, 5_000, 5_400, 5_999, 6_000, 9_000];

  expect(countRefusals(refused, [5_000, 8_000])).toEqual({
    refusedAtFirst: 1,
    refusedAfterChange1: 4,
    refusedAfterChange2: 1,
    refusedInASecondMax: 3,
  });
  expect(countRefusals([], [1_000])).toMatchObject({ refusedInASecondMax: 0 });
});
