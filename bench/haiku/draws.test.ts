/**
 * That draws are functions of their key, and distributed as they claim.
 */

import { describe, expect, test } from "vitest";
import { computeDraws, computeLatencyMs, createUniform } from "./draws.js";

const COUNT = 10_000;
const MEDIAN_MS = 100_000; // large, so that rounding to milliseconds does not show
const SIGMA = 0.5;

const drawMany = (seed: number) =>
  Array.from({ length: COUNT }, (_, index) =>
    computeDraws(seed, `prompt ${index % 100}`, Math.floor(index / 100)),
  );

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("computeDraws", () => {
  test("the same key draws the same", () => {
    expect(computeDraws(7, "prompt", 2)).toEqual(computeDraws(7, "prompt", 2));
  });

  test("another seed, prompt or attempt draws something else", () => {
    const all = [
      computeDraws(7, "prompt", 2),
      computeDraws(8, "prompt", 2),
      computeDraws(7, "another", 2),
      computeDraws(7, "prompt", 3),
    ];

    for (const field of ["latencyNormal", "faultUnit", "dropUnit", "digest"]) {
      const values = all.map((draws) => draws[field as keyof typeof draws]);
      expect(new Set(values).size).toBe(all.length);
    }
  });

  test("draws do not change between versions (trophy: seed 1)", () => {
    const { latencyNormal, faultUnit, dropUnit, digest } = computeDraws(1, "prompt", 0);

    expect({
      latencyNormal,
      faultUnit,
      dropUnit,
      digest,
    }).toMatchInlineSnapshot(`
      {
        "digest": "4b0013e9977dc5210a6d753aa63dbefe",
        "dropUnit": 0.1877879952507785,
        "faultUnit": 0.6721990807195379,
        "latencyNormal": 1.0527057666866724,
      }
    `);
  });

  test.each(["faultUnit", "dropUnit"] as const)("%s is uniform", (field) => {
    const values = drawMany(3).map((draws) => draws[field]);

    // Standard errors: mean 0.0029, a tenth's share 0.003; bounds are four of them.
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(0.012);
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const inside = values.filter((v) => Math.floor(v * 10) === tenth);
      expect(Math.abs(inside.length / COUNT - 0.1)).toBeLessThan(0.012);
    }
  });
});

describe("computeLatencyMs", () => {
  const latencies = drawMany(11)
    .map(({ latencyNormal }) => computeLatencyMs(MEDIAN_MS, SIGMA, latencyNormal))
    .sort((left, right) => left - right);

  test("10,000 draws have the median asked for", () => {
    const median = latencies[COUNT / 2] ?? 0;

    // The median's relative standard error is 1.25 sigma / sqrt(n), here 0.6%.
    expect(Math.abs(median / MEDIAN_MS - 1)).toBeLessThan(0.025);
  });

  test("their logarithms have the sigma asked for", () => {
    const logs = latencies.map(Math.log);
    const center = mean(logs);
    const sigma = Math.sqrt(mean(logs.map((log) => (log - center) ** 2)));

    // The standard error is sigma / sqrt(2n), here 0.0035.
    expect(Math.abs(sigma - SIGMA)).toBeLessThan(0.014);
  });

  test("their tail is log-normal", () => {
    const p99 = latencies[COUNT * 0.99] ?? 0;

    expect(p99 / MEDIAN_MS).toBeGreaterThan(Math.exp(2.2 * SIGMA));
    expect(p99 / MEDIAN_MS).toBeLessThan(Math.exp(2.5 * SIGMA));
  });

  test("a sigma of 0 is a constant", () => {
    expect(computeLatencyMs(250, 0, 3.1)).toBe(250);
  });
});

describe("createUniform", () => {
  test("values stay in [0, 1) and differ", () => {
    const uniform = createUniform(["key"]);
    const values = Array.from({ length: 1_000 }, uniform);

    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(values).size).toBe(1_000);
  });
});
