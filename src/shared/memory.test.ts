/** How much more an executor may take in, decided from what it holds and expects. */
import { describe, expect, test } from "vitest";
import {
  EVICTIONS_MAX,
  EVICTION_SHARE,
  HOT_BYTES_MAX,
  KiB,
  MiB,
  RESPONSE_BYTES_ASSUMED,
} from "./constants.js";
import {
  accountBytes,
  countClaimable,
  estimateResponses,
  isMemoryShort,
  planEvictions,
} from "./memory.js";

describe("estimateResponses", () => {
  test.each([
    { sizes: [], running: 3, bytes: 3 * RESPONSE_BYTES_ASSUMED },
    { sizes: [10, 20, 30], running: 0, bytes: 0 },
    { sizes: [10, 20, 30], running: 2, bytes: 2 * 20 + 30 },
    { sizes: [0, 0, 0, 1_000], running: 50, bytes: 50 * 250 + 1_000 },
  ])("$running steps after $sizes", ({ sizes, running, bytes }) => {
    expect(estimateResponses(sizes, running)).toBe(bytes);
  });
});

describe("countClaimable", () => {
  const responses = Array<number>(8).fill(400 * KiB);

  test("fifty slots with small answers are all filled", () => {
    const small = Array<number>(8).fill(32 * KiB);

    expect(
      countClaimable({ heldBytes: MiB, running: 49, responses: small }),
    ).toBeGreaterThan(50);
  });

  test("large answers fill fewer, and none once the bound is reached", () => {
    for (let running = 0; ; running += 1) {
      const use = { heldBytes: running * 400 * KiB, running, responses };
      const more = countClaimable(use);
      if (more === 0) {
        expect(accountBytes(use)).toBeGreaterThan(HOT_BYTES_MAX - 2 * 400 * KiB);
        expect(running).toBeLessThan(32);
        return;
      }
      expect(accountBytes(use)).toBeLessThan(HOT_BYTES_MAX);
    }
  });

  test("what workflows come to hold counts before they hold it", () => {
    const use = { heldBytes: 0, running: 0, responses };

    const many = countClaimable(use);
    const fewer = countClaimable({ ...use, footprint: 2 * 400 * KiB });

    expect(fewer).toBe(Math.floor(many / 3));
  });

  test("an empty executor always takes one, however large answers are", () => {
    const huge = [23 * MiB];

    expect(countClaimable({ heldBytes: 0, running: 0, responses: huge }, 60 * MiB)).toBe(
      1,
    );
    expect(countClaimable({ heldBytes: 0, running: 0, responses: [1] })).toBeGreaterThan(
      1,
    );
  });

  test("nothing is taken in beyond the bound", () => {
    const use = { heldBytes: HOT_BYTES_MAX, running: 0, responses: [] };

    expect(countClaimable(use)).toBe(0);
  });
});

describe("planEvictions", () => {
  const limit = 1_000;
  const idlers = [30, 10, 20].map((since) => ({ since, bytes: 100 }));
  const sinceOf = (chosen: { since: number }[]) => chosen.map(({ since }) => since);

  test("chooses nobody while the account is not near its limit", () => {
    const accounted = limit * EVICTION_SHARE;

    expect(isMemoryShort(accounted, limit)).toBe(false);
    expect(planEvictions(idlers, accounted, limit)).toEqual([]);
  });

  test("chooses those who have waited longest, as many as it takes", () => {
    const accounted = limit * EVICTION_SHARE;

    expect(isMemoryShort(accounted + 1, limit)).toBe(true);
    expect(sinceOf(planEvictions(idlers, accounted + 1, limit))).toEqual([10]);
    expect(sinceOf(planEvictions(idlers, accounted + 101, limit))).toEqual([10, 20]);
    expect(sinceOf(planEvictions(idlers, 2 * limit, limit))).toEqual([10, 20, 30]);
  });

  test("chooses only so many at a time", () => {
    const many = Array.from({ length: 2 * EVICTIONS_MAX }, () => ({
      since: 0,
      bytes: 1,
    }));

    expect(planEvictions(many, 2 * limit, limit)).toHaveLength(EVICTIONS_MAX);
  });
});
