/**
 * The seam: an embedded Convex in the process, as far as the demo needs one.
 *
 * Owns the interface. Nothing of the demo outside this directory may know what is behind
 * it, so that a better embedded backend can take the place of `convexTest.ts`.
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
  /** Whether no scheduled function is running or due to run. */
  isIdle(): Promise<boolean>;
  /** Waits until it is idle, at most so long; answers whether it is. */
  waitUntilIdle(timeoutMs: number): Promise<boolean>;
  /** The transactions so far. */
  transactions(): TransactionCount[];
}

/** How often one function ran as a transaction of its own. */
export interface TransactionCount {
  /** Component path and function, e.g. `executor/executor:commit`; no path for the app's. */
  readonly name: string;
  readonly kind: "query" | "mutation";
  /** The action that called it, `scheduler`, or `outside` for whoever holds the seam. */
  readonly caller: string;
  readonly count: number;
}
