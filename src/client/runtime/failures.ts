/**
 * What kind of trouble an error from the platform is.
 *
 * Owns the recognition by text: across a function boundary nothing else of such an error
 * survives. The texts are the platform's (convex-backend, crates/database and
 * crates/application); one that is not known counts as `other`, the careful choice.
 */

/** `conflict`: others wrote first. `overload`: no room now. `other`: anything else. */
export type Failure = "conflict" | "overload" | "other";

const CONFLICT =
  /OptimisticConcurrencyControlFailure|changed while this mutation was being run/;
const OVERLOAD =
  /TooManyConcurrentRequests|TooManyWrites|CommitterFull|too many concurrent|Too many .* in a short period/i;

/** Classifies an error by its message. */
export function classifyFailure(message: string): Failure {
  if (CONFLICT.test(message)) return "conflict";
  return OVERLOAD.test(message) ? "overload" : "other";
}
