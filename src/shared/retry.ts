/**
 * When a failed attempt is tried again, and when.
 *
 * Owns the retry policy and its arithmetic. Time and randomness are passed in.
 */
import { v, type Infer } from "convex/values";
import {
  RETRY_AFTER_MS_MAX,
  RETRY_ATTEMPTS_DEFAULT,
  RETRY_ATTEMPTS_MAX,
  RETRY_BACKOFF_MS_DEFAULT,
  RETRY_BACKOFF_MS_MAX,
  RETRY_BACKOFF_MS_MAX_DEFAULT,
  RETRY_BASE_DEFAULT,
  RETRY_JITTER,
} from "./constants.js";
import { executorError } from "./errors.js";
import { checkRange, checkWhole } from "./ranges.js";

/** How often a step is tried, and how long it waits in between. */
export type RetryPolicy = {
  /** Attempts in all, the first included. Default 5. */
  maxAttempts: number;
  /** Milliseconds before the second attempt. Default 500. */
  initialBackoffMs: number;
  /** Factor between two backoffs. Default 2. */
  base: number;
  /** Longest backoff in milliseconds. Default one minute, at most a day. */
  maxBackoffMs: number;
};

/** What a step may be given as `retry`: a policy, `true` for the default, `false` for none. */
export type RetryOption = boolean | Partial<RetryPolicy>;

const DEFAULT_POLICY: RetryPolicy = {
  maxAttempts: RETRY_ATTEMPTS_DEFAULT,
  initialBackoffMs: RETRY_BACKOFF_MS_DEFAULT,
  base: RETRY_BASE_DEFAULT,
  maxBackoffMs: RETRY_BACKOFF_MS_MAX_DEFAULT,
};

/** Resolves a retry option; null means one attempt. Throws `INVALID_OPTIONS`. */
export function resolveRetry(option: RetryOption | undefined): RetryPolicy | null {
  if (option === undefined || option === false) return null;
  if (option === true) return DEFAULT_POLICY;
  if (typeof option !== "object" || option === null) {
    throw executorError(
      "INVALID_OPTIONS",
      `retry is ${String(option)}; it must be true, false or a policy such as { maxAttempts: ${RETRY_ATTEMPTS_DEFAULT} }.`,
      { option: "retry", actual: String(option) },
    );
  }
  const policy = { ...DEFAULT_POLICY, ...option };
  checkWhole("retry.maxAttempts", policy.maxAttempts, 1, RETRY_ATTEMPTS_MAX);
  checkRange("retry.initialBackoffMs", policy.initialBackoffMs, 0, RETRY_BACKOFF_MS_MAX);
  checkRange("retry.maxBackoffMs", policy.maxBackoffMs, 0, RETRY_BACKOFF_MS_MAX);
  checkRange("retry.base", policy.base, 1, RETRY_ATTEMPTS_MAX);
  return policy;
}

/** How the workpool tries again: backoffs that grow without a bound, and a jitter of its own. */
export const vPoolRetry = v.object({
  maxAttempts: v.number(),
  initialBackoffMs: v.number(),
  base: v.number(),
});
export type PoolRetry = Infer<typeof vPoolRetry>;

/**
 * Resolves a retry option for an isolated step; undefined means one attempt. Throws
 * `INVALID_OPTIONS` for a policy whose longest backoff the pool would not keep to.
 */
export function resolvePoolRetry(
  name: string,
  option: RetryOption | undefined,
): PoolRetry | undefined {
  const policy = resolveRetry(option);
  if (!policy) return undefined;
  const { maxAttempts, initialBackoffMs, base, maxBackoffMs } = policy;
  const longestMs = initialBackoffMs * base ** Math.max(0, maxAttempts - 2);
  if (longestMs <= maxBackoffMs) return { maxAttempts, initialBackoffMs, base };
  throw executorError(
    "INVALID_OPTIONS",
    `Isolated step "${name}" got a retry whose last backoff would be ${longestMs} ms, beyond its maxBackoffMs of ${maxBackoffMs}; its workpool caps none. Lower maxAttempts, initialBackoffMs or base, or raise maxBackoffMs.`,
    { option: "retry", actual: longestMs, limit: maxBackoffMs },
  );
}

/** What is known of a failed attempt. */
export type FailedAttempt = {
  /** Failures so far, this one included. */
  failures: number;
  nonRetryable?: boolean | undefined;
  /** The least wait that the error asked for, in milliseconds. */
  retryAfterMs?: number | undefined;
};

/**
 * Computes how long to wait before the next attempt; null if there is none. An error's own
 * `retryAfterMs` is a floor, so that nobody knocks before a rate limit has opened again.
 */
export function computeBackoffMs(
  policy: RetryPolicy | null,
  attempt: FailedAttempt,
  random: number,
): number | null {
  if (!policy || attempt.nonRetryable || attempt.failures >= policy.maxAttempts)
    return null;
  // Finite, since no backoff times an infinite factor would be no number.
  const factor = Math.min(policy.base ** (attempt.failures - 1), Number.MAX_VALUE);
  const exponential = policy.initialBackoffMs * factor;
  const capped = Math.min(exponential, policy.maxBackoffMs);
  const jittered = capped * (1 - RETRY_JITTER * random);
  const floor = Math.min(attempt.retryAfterMs ?? 0, RETRY_AFTER_MS_MAX);
  // A floor shared by many failures gets the jitter on top, or they all return at once.
  return floor > jittered ? floor + capped * RETRY_JITTER * random : jittered;
}
