import { describe, expect, test } from "vitest";

import {
  POISON_DEATHS,
  QUARANTINE_HOT_MAX,
  RESTART_BACKOFF_MS_MAX,
  RESTART_BACKOFF_MS_MIN,
} from "./constants.js";
import {
  computeSuspectsMax,
  countDeath,
  isJobAlive,
  judgeDeath,
  judgeStale,
  resolveNotBefore,
} from "./deaths.js";

const OUT_OF_MEMORY =
  "JavaScript execution ran out of memory (maximum memory usage: 64 MB)";
const COUNTED = { isCounted: true, error: "Uncaught Error: bang" };
const failed = (error: string) => ({ kind: "failed", error });

describe("isJobAlive", () => {
  test.each(["pending", "inProgress"])("a job that is %s is", (kind) => {
    expect(isJobAlive({ kind })).toBe(true);
  });
  test.each(["success", "failed", "canceled"])("one that is %s is not", (kind) => {
    expect(isJobAlive({ kind })).toBe(false);
  });
  test("one that the platform has forgotten is not", () => {
    expect(isJobAlive(null)).toBe(false);
  });
});

describe("judgeDeath", () => {
  test.each([
    ["Uncaught Error: bang", true],
    [OUT_OF_MEMORY, true],
    ["Uncaught Error: Transient error while executing action", true],
    ["Transient error while executing action", false],
    ["Function execution timed out (maximum duration: 1800s)", false],
  ])("%s counts: %s", (error, isCounted) => {
    expect(judgeDeath(failed(error))).toEqual({ isCounted, error });
  });

  test.each([null, { kind: "success" }, { kind: "canceled" }])(
    "a job that has not failed is no death that counts",
    (job) => {
      expect(judgeDeath(job).isCounted).toBe(false);
    },
  );

  test("keeps the beginning of a long error", () => {
    expect(judgeDeath(failed("x".repeat(9_999))).error.length).toBeLessThan(1_100);
  });
});

describe("countDeath", () => {
  const now = 1_000_000;
  const count = (deaths: number, hasProgressed = false) =>
    countDeath({ deaths, slots: 50 }, COUNTED, { hasProgressed, nowMs: now });

  test("the first restarts at once", () => {
    expect(count(0)).toEqual({ deaths: 1 });
  });

  test("later ones wait twice as long each time, up to a cap", () => {
    expect(count(1)).toEqual({ deaths: 2, notBefore: now + RESTART_BACKOFF_MS_MIN });
    expect(count(2)).toEqual({ deaths: 3, notBefore: now + 2 * RESTART_BACKOFF_MS_MIN });
    expect(count(60)).toEqual({ deaths: 61, notBefore: now + RESTART_BACKOFF_MS_MAX });
  });

  test("progress begins the count anew", () => {
    expect(count(7, true)).toEqual({ deaths: 1 });
  });

  test("one that does not count changes nothing", () => {
    const death = { isCounted: false, error: "" };
    const options = { hasProgressed: false, nowMs: now };
    expect(countDeath({ deaths: 3, slots: 50 }, death, options)).toEqual({});
  });

  test("one by memory halves the slots, down to one", () => {
    const death = { isCounted: true, error: OUT_OF_MEMORY };
    const slotsAfter = (slots: number) =>
      countDeath({ slots }, death, { hasProgressed: true, nowMs: now }).slotsMax;
    expect([50, 25, 3, 1].map(slotsAfter)).toEqual([25, 12, 1, 1]);
  });

  test("an executor that gives no sign of life counts", () => {
    expect(judgeStale()).toMatchObject({ isCounted: true });
  });
});

describe("resolveNotBefore", () => {
  test("is over when its time has come, or lies absurdly far ahead", () => {
    expect(resolveNotBefore({}, 5)).toBeNull();
    expect(resolveNotBefore({ notBefore: 5 }, 5)).toBeNull();
    expect(resolveNotBefore({ notBefore: 6 }, 5)).toBe(6);
    expect(resolveNotBefore({ notBefore: 6 + RESTART_BACKOFF_MS_MAX }, 5)).toBeNull();
  });
});

describe("computeSuspectsMax", () => {
  test("halves with each death, down to one", () => {
    const deaths = [0, 1, 2, 3, 4, 5, 99];
    expect(deaths.map(computeSuspectsMax)).toEqual([16, 8, 4, 2, 1, 1, 1]);
    expect(computeSuspectsMax(0)).toBe(QUARANTINE_HOT_MAX);
    expect(POISON_DEATHS).toBeGreaterThan(1);
  });
});
