/**
 * The seam: an embedded Convex in the process, as far as the demo needs one.
 *
 * Owns the interface. Nothing of the demo outside this directory may know what is behind
 * it, nor whether its time is virtual or real.
 */
import type {
  FunctionArgs,
  FunctionReference,
  FunctionReturnType,
  FunctionVisibility,
} from "convex/server";

type Reference<Kind extends "query" | "mutation"> = FunctionReference<
  Kind,
  FunctionVisibility
>;

/** A running app with its components. */
export interface EmbeddedConvex {
  query<F extends Reference<"query">>(
    reference: F,
    args: FunctionArgs<F>,
  ): Promise<FunctionReturnType<F>>;
  mutation<F extends Reference<"mutation">>(
    reference: F,
    args: FunctionArgs<F>,
  ): Promise<FunctionReturnType<F>>;
  /** Milliseconds of the backend's time, in which rows are stamped. */
  now(): number;
  /** Lets `ms` of that time pass, or less if the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Whether no scheduled function is running or due to run by now. */
  isIdle(): boolean;
  /** Waits until it is idle, at most so long; answers whether it is. */
  waitUntilIdle(timeoutMs: number): Promise<boolean>;
  /** The transactions that an action has begun so far, the most frequent first. */
  transactionsOf(action: string): TransactionCount[];
  /** Commits so far that were refused, as others had written what they read. */
  conflicts(): number;
  /** A digest of all that is stored. */
  digest(): string;
  /** What is modelled of the backend; one line each. */
  readonly description: readonly string[];
}

/** How often one function ran as a transaction of its own. */
export interface TransactionCount {
  /** Component path and function, e.g. `executor/executor:commit`; no path for the app's. */
  readonly name: string;
  readonly count: number;
}
