/**
 * Deliberate mistakes of the simulation. Each must be caught by a test, or that test is worth
 * nothing; see sim/canaries.test.ts.
 */
export interface Canaries {
  /** Commits are not checked against others' writes. */
  readonly skipsConflicts?: boolean;
  /** What a rolled-back nested call has read is forgotten. */
  readonly dropsRolledBackReads?: boolean;
  /** Every n-th scheduled job is never run. */
  readonly losesJobEvery?: number;
  /** Every n-th permit is never given back. */
  readonly leaksPermitEvery?: number;
}
