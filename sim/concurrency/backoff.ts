/**
 * How long to wait before another attempt: exponential with full jitter, as in
 * crates/convex/sync_types/src/backoff.rs of convex-backend at 94a42c3d.
 */
import type { Random } from "../clock/random.js";

export interface Backoff {
  /** Milliseconds that bound the wait after the first failure; they double with each. */
  readonly initialMs: number;
  /** Milliseconds that bound any wait. */
  readonly maxMs: number;
}

/** The wait after `failures` earlier failures, in milliseconds: 0 after the first one. */
export function backoffDelay(
  { initialMs, maxMs }: Backoff,
  failures: number,
  random: Random,
): number {
  return Math.min(initialMs * 2 ** failures, maxMs) * random.next();
}
