/**
 * What the conformance suite asks of whatever runs Convex functions: convex-test, the two
 * profiles of the embedded Convex, a real deployment.
 *
 * Owns: that interface, and the names of what not every target offers. Targets live in
 * targets/ and live/; nothing here knows any of them.
 */

/** What a case may need beyond calling functions and waiting for scheduled ones. */
export type Need =
  /** Time moves when told to, and only then: `now` and `advance`. */
  | "clock"
  /** Requests can carry a user's identity. */
  | "identity"
  /** HTTP actions can be called. */
  | "http"
  /** What becomes of an unhandled rejection can be seen without harm. */
  | "rejections"
  /** Transactions overlap, and conflicts are counted: `conflicts`. */
  | "occ"
  /** Runs at the same time are bounded by permits of the deployment class. */
  | "permits"
  /** Calls have a client's rights, and not an admin's. */
  | "client";

export interface DeployOptions {
  /** Whether per-transaction limits are enforced; the platform always does. */
  enforcesLimits?: boolean;
}

/** A conflict count of one function: how often a run of it had to be repeated. */
export interface Deployment {
  query(name: string, args?: Record<string, unknown>): Promise<any>;
  mutation(name: string, args?: Record<string, unknown>): Promise<any>;
  action(name: string, args?: Record<string, unknown>): Promise<any>;
  /** Waits until no scheduled function is pending or in progress; throws after a bound. */
  settle(): Promise<void>;
  /** The same deployment, called by a user. Need "identity". */
  withIdentity(identity: Record<string, unknown>): Deployment;
  /** Milliseconds on the deployment's clock. Need "clock". */
  now(): number;
  /** Runs whatever is due in the next `ms` milliseconds. Need "clock". */
  advance(ms: number): Promise<void>;
  /** Need "http". */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /**
   * Runs `call`, and says what reached the process as an unhandled rejection meanwhile.
   * Need "rejections".
   */
  collectRejections(call: () => Promise<unknown>): Promise<string[]>;
  /** How many conflicts the function of this name has met so far. Need "occ". */
  conflicts(name: string): number;
  /** Ends whatever the deployment holds on to. */
  dispose(): Promise<void>;
}

export interface Target {
  readonly name: string;
  /** Whose rules it follows: the platform's, or convex-test's where they differ. */
  readonly profile: "platform" | "convexTest";
  /** Why a need is not met, for each that is not. */
  readonly lacks: Readonly<Partial<Record<Need, string>>>;
  /** A fresh deployment of the conformance app: no rows, no scheduled functions. */
  deploy(options: DeployOptions): Promise<Deployment>;
}
