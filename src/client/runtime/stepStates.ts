/**
 * What open steps hold, and what they wait for.
 *
 * Owns the questions alone: nothing here changes a step; `openSteps` does.
 */
import { isSettledOutside } from "../../shared/model.js";
import type { OpenStep } from "./openStep.js";

/** Says whether a step waits for a time that this executor knows alone. */
export function isWaitingHere({ phase, dueAt }: OpenStep): boolean {
  return phase === "waiting" && dueAt !== undefined;
}

/** Whether a step holds a slot. */
export function holdsSlot({ phase }: OpenStep): boolean {
  return phase === "running" || phase === "marking" || phase === "marked";
}

/** Whether something holds of any step. */
export function someStep(
  steps: ReadonlyMap<number, OpenStep>,
  holds: (step: OpenStep) => boolean,
): boolean {
  for (const step of steps.values()) if (holds(step)) return true;
  return false;
}

/** Counts the steps that hold slots. */
export function countHeldSlots(steps: ReadonlyMap<number, OpenStep>): number {
  let held = 0;
  for (const step of steps.values()) if (holdsSlot(step)) held += 1;
  return held;
}

/** Says whether all that is open waits for others: nothing here can go on by itself. */
export function waitsOnlyForOthers(steps: ReadonlyMap<number, OpenStep>): boolean {
  for (const step of steps.values())
    if (!isOutside(step) || step.phase === "settled") return false;
  return steps.size > 0;
}

/** Says whether anything is open that others work on, or a timer ends, by `untilMs` perhaps. */
export function waitsForWork(
  steps: ReadonlyMap<number, OpenStep>,
  untilMs: number,
): boolean {
  for (const { request, isFar, dueAt = 0 } of steps.values()) {
    const { kind } = request;
    const isWork = kind === "workflow" || kind === "isolated" || isFar;
    if (isWork && dueAt <= untilMs) return true;
  }
  return false;
}

/** Says whether somebody else settles a step, or a timer ends its wait. */
export function isOutside({ request: { kind }, isFar }: OpenStep): boolean {
  return isSettledOutside({ kind, isFar });
}

/** Says whether somebody else has still to settle any of the steps. */
export function hasOutside(steps: ReadonlyMap<number, OpenStep>): boolean {
  return someStep(steps, (step) => isOutside(step) && step.phase !== "settled");
}
