/**
 * What kind of trouble an error from the platform is.
 *
 * Owns the recognition by text: across a function boundary nothing else of such an error
 * survives. The texts are the platform's, read in convex-backend at 94a42c3d
 * (crates/application/src/application_function_runner/mod.rs, crates/database/src/
 * {metrics,snapshot_manager}.rs, crates/isolate/src/{client,metrics,termination,timeout}.rs,
 * crates/errors/src/lib.rs). They stand at the beginning of the message: what a user's code
 * throws comes with "Uncaught" before it, and must never be taken for the platform's word.
 */

/**
 * - `conflict`: others wrote first; trying again is enough.
 * - `overload`: no room now; trying later is enough.
 * - `fatal`: this transaction can never commit as it is.
 * - `unknown`: anything else; perhaps an outage, perhaps not.
 */
export type Failure = "conflict" | "overload" | "fatal" | "unknown";

const TEXTS: readonly (readonly [Failure, RegExp])[] = [
  [
    "conflict",
    /^(OptimisticConcurrencyControlFailure|Documents read from or written to)/,
  ],
  [
    "overload",
    /^(TooManyConcurrentRequests|TooManyWrites|CommitterFullError|Too many concurrent |Too many writes per second|There are no available workers|Your request couldn't be completed\. Try again later)/,
  ],
  [
    "fatal",
    /^(Function execution timed out|JavaScript execution ran out of memory|Your request timed out performing too many system operations|Too many (reads|writes|bytes|documents|functions) |Value is too large|Array length is too long|Object has too many fields)/,
  ],
];

/** Classifies an error by its message. */
export function classifyFailure(message: string): Failure {
  return TEXTS.find(([, text]) => text.test(message))?.[0] ?? "unknown";
}

/**
 * Says whether an error proves that the function was never started: it got no permit, or no
 * worker. Narrower than `overload`, for what may not run twice (P10).
 */
export function provesNotStarted(message: string): boolean {
  return /^(TooManyConcurrentRequests|Too many concurrent |There are no available workers)/.test(
    message,
  );
}
