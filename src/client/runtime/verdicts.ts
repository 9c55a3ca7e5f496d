/**
 * How the engine itself fails a workflow or a step call.
 *
 * Owns the texts: what happened, and what to do about it.
 */
import {
  OPEN_STEPS_BYTES_MAX,
  OPEN_STEPS_MAX,
  STEPS_MAX,
} from "../../shared/constants.js";
import { executorError, type ErrorCode } from "../../shared/errors.js";
import type { WorkflowOutcome } from "../../shared/model.js";
import type { SerializedError } from "../../shared/thrown.js";
import type { OpenStep } from "./openStep.js";

/** The outcome of a workflow that the engine has to fail. */
export function failWorkflow(code: ErrorCode, message: string): WorkflowOutcome {
  return { kind: "failed", error: { name: "WorkflowError", message, code } };
}

/** A handler that no settlement would ever wake again. */
export function waitsOnNothing(): WorkflowOutcome {
  return failWorkflow(
    "NOTHING_AWAITED",
    "The handler waits on nothing the engine knows, so nothing would ever wake it. Await only steps: not fetch, timers, crypto.subtle or other native promises; run those inside step.run or an action.",
  );
}

/** Fails a handler that returned and left steps behind which nobody had awaited. */
export function checkAwaited(
  steps: ReadonlyMap<number, OpenStep>,
  result: WorkflowOutcome,
): WorkflowOutcome {
  const forgotten = [...steps.values()].filter((step) => !step.wasAwaited());
  const isBroken = forgotten.length > 0 && result.kind === "completed";
  return isBroken ? leftSteps(forgotten) : result;
}

function leftSteps(steps: OpenStep[]): WorkflowOutcome {
  const [first] = steps;
  return failWorkflow(
    "STEP_NOT_AWAITED",
    `The handler returned while ${steps.length} of its steps were running that nothing awaited, first "${first?.request.name}" (step ${first?.number}). Await every step, or race it against another.`,
  );
}

/** A step call that a replay could not repeat (P1). */
export function outsideTurn(name: string): Error {
  return executorError(
    "STEP_OUTSIDE_TURN",
    `Step "${name}" was started outside a turn of its handler, where a replay could not repeat it: after a native await (crypto.subtle, a stream), in a timer, inside another step's body, or after the handler returned. Start steps from the handler, between awaits of steps.`,
    { step: name },
  );
}

/** Throws `TOO_MANY_STEPS` if a workflow may not have another step. */
export function checkRoom(definition: string, open: number, asked: number): void {
  if (open >= OPEN_STEPS_MAX) {
    throw executorError(
      "TOO_MANY_STEPS",
      `${definition} has ${open} unsettled steps; at most ${OPEN_STEPS_MAX} may run at once. Await some before starting more.`,
      { actual: open, limit: OPEN_STEPS_MAX },
    );
  }
  if (asked >= STEPS_MAX) {
    throw executorError(
      "TOO_MANY_STEPS",
      `${definition} has ${asked} steps; a workflow may have at most ${STEPS_MAX}. Split it into child workflows.`,
      { actual: asked, limit: STEPS_MAX },
    );
  }
}

/** Throws `TOO_MANY_STEPS` if a workflow's open steps would hold too much in memory. */
export function checkRoomForBytes(definition: string, open: number, more: number): void {
  if (open === 0 || open + more <= OPEN_STEPS_BYTES_MAX) return;
  throw executorError(
    "TOO_MANY_STEPS",
    `The arguments of ${definition}'s unsettled steps would take ${open + more} bytes; at most ${OPEN_STEPS_BYTES_MAX} may be open at once. Pass ids instead of contents, or await some steps before starting more.`,
    { actual: open + more, limit: OPEN_STEPS_BYTES_MAX },
  );
}

/** A step that may run only once and was interrupted (P10). */
export function outcomeUnknown(name: string): SerializedError {
  return {
    name: "OutcomeUnknown",
    code: "OUTCOME_UNKNOWN",
    message: `Step "${name}" runs at most once, and its executor ended while it ran: nobody knows whether it took effect. Ask the other side, or make it idempotent and leave atMostOnce out.`,
    nonRetryable: true,
  };
}

/** A step that no executor's drain window was long enough for (D7). */
export function interruptedTooOften(
  name: string,
  interruptions: number,
): SerializedError {
  return {
    name: "Interrupted",
    code: "INTERRUPTED",
    message: `Step "${name}" was interrupted ${interruptions} times, at last by the end of its executor's drain window. Raise drainMs, make the step smaller, or give it a timeoutMs within drainMs.`,
    nonRetryable: true,
  };
}
