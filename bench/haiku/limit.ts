/**
 * How the API tells a client about its rate limit: the refusal and the headers.
 */

import type { Admission } from "./bucket.js";
import { SECOND_MS } from "./constants.js";
import type { ApiFailure } from "./protocol.js";

/** Describes a refusal by the bucket. */
export function describeRefusal(admission: Admission): ApiFailure {
  const { requestsPerMinute } = admission.bucket.limit;
  return {
    status: 429,
    type: "rate_limit_error",
    message: `This request would exceed the rate limit of ${requestsPerMinute} requests per minute`,
    headers: { "retry-after": String(admission.retryAfterSeconds) },
  };
}

/** Renders what every response behind the bucket says about it. */
export function renderLimitHeaders(
  admission: Admission,
): Readonly<Record<string, string>> {
  const { bucket, remainingRequests, fullAtMs } = admission;
  // The API gives whole seconds; rounded up, or the bucket would not be full yet.
  const resetMs = Math.ceil(fullAtMs / SECOND_MS) * SECOND_MS;
  return {
    "anthropic-ratelimit-requests-limit": String(bucket.limit.requestsPerMinute),
    "anthropic-ratelimit-requests-remaining": String(remainingRequests),
    "anthropic-ratelimit-requests-reset": new Date(resetMs)
      .toISOString()
      .replace(".000Z", "Z"),
  };
}
