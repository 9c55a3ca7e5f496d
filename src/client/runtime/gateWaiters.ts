/**
 * Who waits at a gate, and in which order.
 *
 * Owns that order: what a trade asks for is dealt, and offered, to the same ones.
 */
import { compareCandidates, type Ordered } from "../../shared/order.js";

/** Who waits at a gate, in whose place. */
export type Waiter = {
  weight: number;
  workflow: Ordered;
  /** Of the step; null for a workflow that waits to begin. Steps that are as old go first. */
  step: number | null;
};

/** Compares two waiters: those of the older workflow first, and steps before what is to begin. */
export function compareWaiters(a: Waiter, b: Waiter): number {
  return (
    a.workflow.workflowCreatedAt - b.workflow.workflowCreatedAt ||
    Number(a.step === null) - Number(b.step === null) ||
    compareCandidates(a.workflow, b.workflow) ||
    (a.step ?? 0) - (b.step ?? 0)
  );
}
