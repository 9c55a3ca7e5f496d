/**
 * The token bucket behind the requests-per-minute limit. Pure: the time is passed in.
 *
 * B1. The level is counted in parts, of which a request is worth {@link MINUTE_MS}. One
 *     millisecond then refills exactly `requestsPerMinute` parts, and on a whole-millisecond
 *     clock no rounding error can admit a request too many or too few.
 * B2. A refused request leaves the bucket as it was: asking costs nothing.
 * B3. A clock that steps back neither drains the bucket nor refills it twice.
 * B4. A limit that changes is in force from its millisecond on: until then the bucket was
 *     refilled at the old rate, and what does not fit into the new one is gone.
 */

import { MINUTE_MS, RETRY_AFTER_MIN_SECONDS, SECOND_MS } from "./constants.js";
import type { RateLimit, RateLimitChange } from "./options.js";

/** A bucket at the time of its last admission. */
export interface TokenBucket {
  readonly limit: RateLimit;
  readonly levelParts: number;
  readonly updatedAtMs: number;
  /** What becomes of the limit later, in order, on the clock of the admissions. */
  readonly changes: readonly RateLimitChange[];
}

/** What the bucket said to one request, and what the headers have to tell about it. */
export interface Admission {
  readonly isAdmitted: boolean;
  readonly bucket: TokenBucket;
  /** Whole requests left after this one. */
  readonly remainingRequests: number;
  /** When the bucket is full again if nobody asks. */
  readonly fullAtMs: number;
  /** Whole seconds until one request would be admitted; 0 for an admitted request. */
  readonly retryAfterSeconds: number;
}

const PARTS_PER_REQUEST = MINUTE_MS;

/** Creates the bucket that `limit` describes, at its initial level. */
export function createBucket(
  limit: RateLimit,
  nowMs: number,
  changes: readonly RateLimitChange[] = [],
): TokenBucket {
  return {
    limit,
    levelParts: limit.initialRequests * PARTS_PER_REQUEST,
    updatedAtMs: nowMs,
    changes: changes.map((change) => ({ ...change, atMs: nowMs + change.atMs })),
  };
}

/** Decides whether a request that arrives at `nowMs` is let through. */
export function computeAdmission(before: TokenBucket, nowMs: number): Admission {
  const bucket = changeLimit(before, nowMs);
  const { limit } = bucket;
  const levelParts = computeLevelParts(bucket, nowMs);
  const isAdmitted = levelParts >= PARTS_PER_REQUEST;
  const leftParts = isAdmitted ? levelParts - PARTS_PER_REQUEST : levelParts;
  const capacityParts = limit.capacityRequests * PARTS_PER_REQUEST;
  return {
    isAdmitted,
    bucket: isAdmitted
      ? {
          ...bucket,
          levelParts: leftParts,
          updatedAtMs: Math.max(nowMs, bucket.updatedAtMs), // B3
        }
      : bucket,
    remainingRequests: Math.floor(leftParts / PARTS_PER_REQUEST),
    fullAtMs: nowMs + (capacityParts - leftParts) / limit.requestsPerMinute,
    retryAfterSeconds: isAdmitted ? 0 : computeRetryAfterSeconds(limit, leftParts),
  };
}

/** Brings the changes into force that are due (B4). */
function changeLimit(bucket: TokenBucket, nowMs: number): TokenBucket {
  const [next, ...changes] = bucket.changes;
  if (!next || next.atMs > nowMs) return bucket;
  const { atMs, ...limit } = next;
  const changed = {
    limit: { ...bucket.limit, ...limit },
    levelParts: computeLevelParts(bucket, atMs),
    updatedAtMs: Math.max(atMs, bucket.updatedAtMs), // B3
    changes,
  };
  return changeLimit(changed, nowMs);
}

function computeLevelParts(bucket: TokenBucket, nowMs: number): number {
  const { limit, levelParts, updatedAtMs } = bucket;
  const elapsedMs = Math.max(0, nowMs - updatedAtMs); // B3
  return Math.min(
    limit.capacityRequests * PARTS_PER_REQUEST,
    levelParts + elapsedMs * limit.requestsPerMinute,
  );
}

function computeRetryAfterSeconds(limit: RateLimit, parts: number): number {
  const missingParts = PARTS_PER_REQUEST - parts;
  const waitMs = missingParts / limit.requestsPerMinute;
  return Math.max(RETRY_AFTER_MIN_SECONDS, Math.ceil(waitMs / SECOND_MS));
}
