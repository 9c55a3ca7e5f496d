/**
 * The token bucket behind the requests-per-minute limit. Pure: the time is passed in.
 *
 * B1. The level is counted in parts, of which a request is worth {@link MINUTE_MS}. One
 *     millisecond then refills exactly `requestsPerMinute` parts, and on a whole-millisecond
 *     clock no rounding error can admit a request too many or too few.
 * B2. A refused request leaves the bucket as it was: asking costs nothing.
 * B3. A clock that steps back neither drains the bucket nor refills it twice.
 */

import { MINUTE_MS, RETRY_AFTER_MIN_SECONDS, SECOND_MS } from "./constants.js";
import type { RateLimit } from "./options.js";

/** A bucket at the time of its last admission. */
export interface TokenBucket {
  readonly limit: RateLimit;
  readonly levelParts: number;
  readonly updatedAtMs: number;
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
export function createBucket(limit: RateLimit, nowMs: number): TokenBucket {
  const levelParts = limit.initialRequests * PARTS_PER_REQUEST;
  return { limit, levelParts, updatedAtMs: nowMs };
}

/** Decides whether a request that arrives at `nowMs` is let through. */
export function computeAdmission(bucket: TokenBucket, nowMs: number): Admission {
  const { limit } = bucket;
  const levelParts = computeLevelParts(bucket, nowMs);
  const isAdmitted = levelParts >= PARTS_PER_REQUEST;
  const leftParts = isAdmitted ? levelParts - PARTS_PER_REQUEST : levelParts;
  const capacityParts = limit.capacityRequests * PARTS_PER_REQUEST;
  return {
    isAdmitted,
    bucket: isAdmitted
      ? {
          limit,
          levelParts: leftParts,
          updatedAtMs: Math.max(nowMs, bucket.updatedAtMs), // B3
        }
      : bucket,
    remainingRequests: Math.floor(leftParts / PARTS_PER_REQUEST),
    fullAtMs: nowMs + (capacityParts - leftParts) / limit.requestsPerMinute,
    retryAfterSeconds: isAdmitted ? 0 : computeRetryAfterSeconds(limit, leftParts),
  };
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
