/** A scenario: what a suite might do, and everything it could see of it. */
import type { GenericDataModel } from "convex/server";
import type { TestConvexRoot } from "../../sim/convexTest.js";

/** The accessor with the methods that convex-test leaves untyped. */
export type Accessor = TestConvexRoot<GenericDataModel> & {
  runInComponent(
    path: string,
    handler: (ctx: never) => Promise<unknown>,
  ): Promise<unknown>;
  fun(path: { componentPath: string; udfPath: string }, args: unknown): Promise<unknown>;
};

export interface Scenario {
  readonly name: string;
  readonly run: Run;
  readonly transactionLimits: Record<string, number> | boolean;
}

type Run = (t: Accessor, see: See) => Promise<void>;

export function scenario(
  name: string,
  run: Run,
  transactionLimits: Record<string, number> | boolean = false,
): Scenario {
  return { name, run, transactionLimits };
}

/**
 * Notes what comes of a call: its value or its error, and after how many turns of the
 * microtask queue.
 */
export type See = (label: string, call: () => unknown) => Promise<unknown>;

/** Far more turns than any scenario takes. */
const TURNS_MAX = 5_000;

export async function countTurns(promise: Promise<unknown>): Promise<number> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  let turns = 0;
  while (!isSettled && turns < TURNS_MAX) {
    await Promise.resolve();
    turns += 1;
  }
  return turns;
}
