/**
 * The arithmetic of the token bucket, B1 to B4.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { computeAdmission, createBucket, type TokenBucket } from "./bucket.js";
import {
  RATE_LIMIT_EMPTY_AT_START,
  type RateLimit,
  type RateLimitChange,
} from "./options.js";

/** Sends one request at each time, and tells at which times one was admitted. */
function admit(
  limit: RateLimit,
  arrivalsMs: readonly number[],
  changes: readonly RateLimitChange[] = [],
) {
  let bucket: TokenBucket = createBucket(limit, 0, changes);
  const admittedMs: number[] = [];
  for (const nowMs of arrivalsMs) {
    const admission = computeAdmission(bucket, nowMs);
    bucket = admission.bucket;
    if (admission.isAdmitted) admittedMs.push(nowMs);
  }
  return admittedMs;
}

const everyMs = (endMs: number) => [...Array(endMs + 1).keys()];

describe("computeAdmission", () => {
  test("a bucket of 67 that starts empty refuses until it holds one request", () => {
    const bucket = createBucket(RATE_LIMIT_EMPTY_AT_START, 0);

    expect(bucket.limit.capacityRequests).toBe(67);
    // 4000 a minute is one in 15 ms.
    expect(computeAdmission(bucket, 0).isAdmitted).toBe(false);
    expect(computeAdmission(bucket, 14).isAdmitted).toBe(false);
    expect(computeAdmission(bucket, 15).isAdmitted).toBe(true);
  });

  test("it admits exactly its rate, however often it is asked", () => {
    const minute = admit(RATE_LIMIT_EMPTY_AT_START, everyMs(60_000));

    expect(minute).toHaveLength(4_000);
    expect(minute[0]).toBe(15);
    expect(minute.at(-1)).toBe(60_000);
  });

  test("a rate that does not divide a minute loses nothing to rounding", () => {
    const limit = {
      requestsPerMinute: 67,
      capacityRequests: 3,
      initialRequests: 0,
    };

    expect(admit(limit, everyMs(600_000))).toHaveLength(670);
  });

  test("a burst is as large as the bucket, and no larger after a long pause", () => {
    const burst = Array<number>(100).fill(3_600_000);

    expect(admit(RATE_LIMIT_EMPTY_AT_START, burst)).toHaveLength(67);
  });

  test("a full bucket admits its capacity at once", () => {
    const limit = { ...RATE_LIMIT_EMPTY_AT_START, initialRequests: 67 };

    expect(admit(limit, Array<number>(100).fill(0))).toHaveLength(67);
  });

  test("a refusal leaves the bucket as it was (B2)", () => {
    const bucket = createBucket(RATE_LIMIT_EMPTY_AT_START, 0);

    expect(computeAdmission(bucket, 14).bucket).toBe(bucket);
  });

  test("a clock that steps back neither drains nor refills twice (B3)", () => {
    const limit = {
      requestsPerMinute: 60,
      capacityRequests: 2,
      initialRequests: 1,
    };
    const bucket = createBucket(limit, 5_000);

    const back = computeAdmission(bucket, 1_000);
    const again = computeAdmission(back.bucket, 5_999);

    expect(back.isAdmitted).toBe(true);
    expect(again.isAdmitted).toBe(false);
    expect(computeAdmission(back.bucket, 6_000).isAdmitted).toBe(true);
  });

  test.each([
    { requestsPerMinute: 4_000, nowMs: 0, seconds: 1 },
    { requestsPerMinute: 60, nowMs: 0, seconds: 1 },
    { requestsPerMinute: 50, nowMs: 0, seconds: 2 },
    { requestsPerMinute: 50, nowMs: 200, seconds: 1 },
    { requestsPerMinute: 1, nowMs: 0, seconds: 60 },
    { requestsPerMinute: 1, nowMs: 59_999, seconds: 1 },
  ])(
    "retry-after at $requestsPerMinute a minute after $nowMs ms is $seconds s",
    ({ requestsPerMinute, nowMs, seconds }) => {
      const limit = {
        requestsPerMinute,
        capacityRequests: 1,
        initialRequests: 0,
      };
      const bucket = createBucket(limit, 0);

      expect(computeAdmission(bucket, nowMs).retryAfterSeconds).toBe(seconds);
    },
  );

  test("remaining and full time follow from the level", () => {
    const limit = {
      requestsPerMinute: 60,
      capacityRequests: 10,
      initialRequests: 4,
    };

    const admission = computeAdmission(createBucket(limit, 0), 500);

    expect(admission.remainingRequests).toBe(3); // 4.5 less 1
    expect(admission.fullAtMs).toBe(500 + 6_500);
  });

  test("waiting for retry-after is always long enough", () => {
    fc.assert(
      fc.property(vLimit, fc.nat(100_000), (limit, nowMs) => {
        const bucket = createBucket({ ...limit, initialRequests: 0 }, 0);
        const { retryAfterSeconds } = computeAdmission(bucket, nowMs);
        const laterMs = nowMs + retryAfterSeconds * 1_000;

        return computeAdmission(bucket, laterMs).isAdmitted;
      }),
    );
  });

  test("no window of time admits more than the capacity and its refill", () => {
    const vArrivals = fc.array(fc.nat(5_000), { maxLength: 300 });
    fc.assert(
      fc.property(vLimit, vArrivals, (limit, arrivals) => {
        const sorted = arrivals.toSorted((left, right) => left - right);
        const admitted = admit(limit, sorted);
        for (const [from, startMs] of admitted.entries()) {
          for (const [to, endMs] of admitted.entries()) {
            if (to < from) continue;
            const refill = ((endMs - startMs) * limit.requestsPerMinute) / 60_000;
            const most = Math.floor(limit.capacityRequests + refill);
            expect(to - from + 1).toBeLessThanOrEqual(most);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("a limit that changes (B4)", () => {
  const limit = { requestsPerMinute: 60, capacityRequests: 10, initialRequests: 0 };
  const half = { atMs: 10_000, requestsPerMinute: 30, capacityRequests: 5 };
  const more = { atMs: 40_000, requestsPerMinute: 120, capacityRequests: 20 };

  test("refills at the rate of its time, to the millisecond", () => {
    const admitted = admit(limit, everyMs(60_000), [half, more]);
    const since = (from: number, to: number) =>
      admitted.filter((at) => at > from && at <= to);

    expect(since(0, 10_000)).toHaveLength(10);
    expect(since(10_000, 40_000)).toEqual(
      Array.from({ length: 15 }, (_, n) => 12_000 + n * 2_000),
    );
    expect(since(40_000, 60_000)).toHaveLength(40);
    expect(since(40_000, 41_000)).toEqual([40_500, 41_000]);
  });

  test("keeps what is in the bucket, as far as it fits into the new one", () => {
    const burst = (at: number) => Array<number>(100).fill(at);

    expect(admit(limit, burst(3_000), [half])).toHaveLength(3);
    expect(admit(limit, burst(10_000), [half])).toHaveLength(5);
    expect(admit(limit, burst(44_000), [half, more])).toHaveLength(5 + 8);
  });

  test("states the limit of the time of the request, and is reckoned from its creation", () => {
    const bucket = createBucket(limit, 7_000, [half]);

    expect(computeAdmission(bucket, 16_999).bucket.limit.requestsPerMinute).toBe(60);
    const {
      bucket: later,
      remainingRequests,
      fullAtMs,
    } = computeAdmission(bucket, 17_000);
    expect(later.limit).toMatchObject({ requestsPerMinute: 30, capacityRequests: 5 });
    expect([remainingRequests, fullAtMs]).toEqual([4, 19_000]);
  });

  test("changes nothing when the clock steps back behind the change (B3)", () => {
    const changed = computeAdmission(createBucket(limit, 0, [half]), 10_000).bucket;
    const back = computeAdmission(changed, 9_000);

    expect(back.remainingRequests).toBe(3);
    expect(back.bucket.limit.requestsPerMinute).toBe(30);
    expect(computeAdmission(back.bucket, 12_000).remainingRequests).toBe(3);
  });
});

const vLimit = fc.record({
  requestsPerMinute: fc.integer({ min: 1, max: 10_000 }),
  capacityRequests: fc.integer({ min: 1, max: 100 }),
  initialRequests: fc.constantFrom(0, 1),
});
