/**
 * What an executor in a worker and its parent say to each other. Owns types and names alone.
 */
import { makeFunctionReference, type FunctionReference } from "convex/server";

/** What the worker is given, apart from who its executor is. */
export type WorkerInput = {
  bytes: number;
  steps: number;
  stepMs: number;
  /** What each workflow does after its steps, with all results in hand. */
  sleepMs?: number;
};

/** A call of the executor, by name: `executor:commit`; `over` when it has ended. */
export type Call = { id: number; name: string; args: unknown };
export type Answer = { id: number } & ({ value: unknown } | { error: string });

export function ref(name: string): FunctionReference<"action", "internal"> {
  return makeFunctionReference<"action">(name) as never;
}
