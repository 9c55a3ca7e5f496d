import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  RETRY_AFTER_MS_MAX,
  RETRY_ATTEMPTS_MAX,
  RETRY_BACKOFF_MS_MAX,
  RETRY_JITTER,
} from "./constants.js";
import { isExecutorError } from "./errors.js";
import { computeBackoffMs, resolveRetry, type RetryPolicy } from "./retry.js";

const DEFAULT = { maxAttempts: 5, initialBackoffMs: 500, base: 2, maxBackoffMs: 60_000 };

function buildPolicy(overrides: Partial<RetryPolicy> = {}): RetryPolicy {
  return { ...DEFAULT, ...overrides };
}

function catchOf(fn: () => unknown): unknown {
  try {
    return fn();
  } catch (error) {
    return error;
  }
}

describe("resolveRetry", () => {
  test.each([undefined, false])("%s is one attempt", (option) => {
    expect(resolveRetry(option)).toBeNull();
  });

  test.each([
    { title: "true is the default policy", option: true, policy: DEFAULT },
    { title: "an empty policy is the default one", option: {}, policy: DEFAULT },
    {
      title: "what a policy leaves out is the default's",
      option: { maxAttempts: 2, base: 1 },
      policy: { ...DEFAULT, maxAttempts: 2, base: 1 },
    },
    {
      title: "the largest values are allowed",
      option: {
        maxAttempts: RETRY_ATTEMPTS_MAX,
        initialBackoffMs: RETRY_BACKOFF_MS_MAX,
        maxBackoffMs: RETRY_BACKOFF_MS_MAX,
      },
      policy: {
        ...DEFAULT,
        maxAttempts: RETRY_ATTEMPTS_MAX,
        initialBackoffMs: RETRY_BACKOFF_MS_MAX,
        maxBackoffMs: RETRY_BACKOFF_MS_MAX,
      },
    },
  ])("$title", ({ option, policy }) => {
    expect(resolveRetry(option)).toEqual(policy);
  });

  test.each([
    { maxAttempts: 0 },
    { maxAttempts: RETRY_ATTEMPTS_MAX + 1 },
    { maxAttempts: Number.NaN },
    { initialBackoffMs: -1 },
    { initialBackoffMs: RETRY_BACKOFF_MS_MAX + 1 },
    { maxBackoffMs: RETRY_BACKOFF_MS_MAX + 1 },
    { maxBackoffMs: Number.POSITIVE_INFINITY },
    { base: 0.5 },
    { base: Number.NaN },
    { base: "2" as unknown as number },
  ])("%o is refused by the option's name", (option) => {
    const error = catchOf(() => resolveRetry(option));

    expect(isExecutorError(error, "INVALID_OPTIONS")).toBe(true);
    expect(error).toMatchObject({ data: { option: `retry.${Object.keys(option)[0]}` } });
  });
});

describe("computeBackoffMs", () => {
  test.each([
    { title: "without a policy", policy: null, attempt: { failures: 1 } },
    {
      title: "after the last attempt",
      policy: buildPolicy({ maxAttempts: 3 }),
      attempt: { failures: 3 },
    },
    {
      title: "for an error that says so, whatever delay it asks for",
      policy: buildPolicy(),
      attempt: { failures: 1, nonRetryable: true, retryAfterMs: 10 },
    },
  ])("there is no next attempt $title", ({ policy, attempt }) => {
    expect(computeBackoffMs(policy, attempt, 0)).toBeNull();
  });

  test.each([
    { title: "the first backoff", failures: 1, random: 0, backoffMs: 500 },
    { title: "doubles with each failure", failures: 4, random: 0, backoffMs: 4_000 },
    { title: "ends at the longest", failures: 9, random: 0, backoffMs: 60_000 },
    {
      title: "is cut by chance, by half at most",
      failures: 1,
      random: 1,
      backoffMs: 250,
    },
    {
      title: "is no shorter than the error asks",
      failures: 1,
      random: 0,
      retryAfterMs: 7_000,
      backoffMs: 7_000,
    },
    {
      title: "is spread above what the error asks, so that not all return at once",
      failures: 1,
      random: 1,
      retryAfterMs: 7_000,
      backoffMs: 7_250,
    },
    {
      title: "is its own where the error asks for less",
      failures: 4,
      random: 0,
      retryAfterMs: 100,
      backoffMs: 4_000,
    },
    {
      title: "is a day where the error asks for longer",
      failures: 1,
      random: 0,
      retryAfterMs: RETRY_AFTER_MS_MAX + 1,
      backoffMs: RETRY_AFTER_MS_MAX,
    },
  ])("a wait $title", ({ backoffMs, random, ...attempt }) => {
    const policy = buildPolicy({ maxAttempts: 100 });

    expect(computeBackoffMs(policy, attempt, random)).toBe(backoffMs);
  });

  /** Any policy that {@link resolveRetry} lets pass, and any failure of it. */
  const cases = fc
    .record({
      maxAttempts: fc.integer({ min: 2, max: RETRY_ATTEMPTS_MAX }),
      initialBackoffMs: fc.oneof(fc.constant(0), fc.nat(RETRY_BACKOFF_MS_MAX)),
      base: fc.double({ min: 1, max: 1_000, noNaN: true }),
      maxBackoffMs: fc.nat(RETRY_BACKOFF_MS_MAX),
    })
    .chain((policy) =>
      fc.record({
        policy: fc.constant(resolveRetry(policy)!),
        failures: fc.integer({ min: 1, max: policy.maxAttempts - 1 }),
        retryAfterMs: fc.option(fc.nat(10 * RETRY_BACKOFF_MS_MAX), { nil: undefined }),
        random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      }),
    );

  test("a wait is at least what the error asks for, as far as memory goes", () => {
    fc.assert(
      fc.property(cases, ({ policy, random, ...attempt }) => {
        const floor = Math.min(attempt.retryAfterMs ?? 0, RETRY_AFTER_MS_MAX);

        expect(computeBackoffMs(policy, attempt, random)).toBeGreaterThanOrEqual(floor);
      }),
    );
  });

  test("a wait is at most the longest backoff, or the floor and its jitter", () => {
    fc.assert(
      fc.property(cases, ({ policy, random, ...attempt }) => {
        const floor = Math.min(attempt.retryAfterMs ?? 0, RETRY_AFTER_MS_MAX);
        const { maxBackoffMs } = policy;

        expect(computeBackoffMs(policy, attempt, random)).toBeLessThanOrEqual(
          Math.max(maxBackoffMs, floor + maxBackoffMs * RETRY_JITTER),
        );
      }),
    );
  });

  test("more failures never make a wait shorter", () => {
    fc.assert(
      fc.property(cases, ({ policy, random, ...attempt }) => {
        const before = computeBackoffMs(policy, attempt, random)!;
        const more = { ...attempt, failures: attempt.failures + 1 };
        const after = computeBackoffMs(
          { ...policy, maxAttempts: RETRY_ATTEMPTS_MAX + 1 },
          more,
          random,
        )!;

        if (attempt.retryAfterMs === undefined)
          expect(after).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  describe("trophies", () => {
    test("no backoff stays none, however large its factor has grown", () => {
      const policy = buildPolicy({ maxAttempts: 1_000, initialBackoffMs: 0, base: 10 });

      expect(computeBackoffMs(policy, { failures: 400 }, 0.5)).toBe(0);
    });
  });
});
