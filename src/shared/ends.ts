/**
 * How workflows are made to end: by a cancel, or by their timeout (P11).
 *
 * Owns the decisions and the words; pure. The code tells a handler that catches the error
 * why its workflow ends.
 */
import {
  CANCEL_GRACE_MS_MAX,
  REASON_LENGTH_MAX,
  WORKFLOW_TIMEOUT_MS_MAX,
  WORKFLOW_TIMEOUT_MS_MIN,
  RETENTION_MS_MAX,
} from "./constants.js";
import type { ImposedOutcome } from "./model.js";
import { checkRange } from "./ranges.js";
import { isStepError, type SerializedError } from "./thrown.js";

/** What a handler sees of its workflow's end, and from which step on. */
export type EndNotice = {
  /** When the end was imposed: all its failures carry this time. */
  at: number;
  /** The first step that was not in the journal then. */
  number: number;
  error: SerializedError;
};

/** Throws `INVALID_OPTIONS` for a timeout, a grace or a retention out of its range. */
export function checkEndLimits(limits: {
  timeoutMs?: number | undefined;
  graceMs?: number | undefined;
  retentionMs?: number | undefined;
}): void {
  const { timeoutMs, graceMs, retentionMs } = limits;
  if (timeoutMs !== undefined) {
    checkRange("timeoutMs", timeoutMs, WORKFLOW_TIMEOUT_MS_MIN, WORKFLOW_TIMEOUT_MS_MAX);
  }
  if (retentionMs !== undefined)
    checkRange("retentionMs", retentionMs, 0, RETENTION_MS_MAX);
  if (graceMs !== undefined) checkRange("graceMs", graceMs, 0, CANCEL_GRACE_MS_MAX);
}

/** The outcome of a workflow that somebody cancels. */
export function resolveCanceled(reason: string | undefined): ImposedOutcome {
  if (reason === undefined) return { kind: "canceled" };
  return { kind: "canceled", reason: reason.slice(0, REASON_LENGTH_MAX) };
}

/** The outcome of a workflow that takes longer than it may. */
export function resolveTimedOut(definition: string, timeoutMs: number): ImposedOutcome {
  return {
    kind: "failed",
    error: {
      name: "WorkflowTimeout",
      code: "WORKFLOW_TIMEOUT",
      message: `${definition} took longer than its timeout of ${timeoutMs} ms from its start. Raise timeoutMs, or split the workflow.`,
      nonRetryable: true,
    },
  };
}

/** The error that a handler sees in its open steps when its workflow is made to end. */
export function describeEnd(outcome: ImposedOutcome): SerializedError {
  if (outcome.kind === "failed") return outcome.error;
  const { reason } = outcome;
  return {
    name: "Canceled",
    code: "CANCELED",
    message: `The workflow was canceled${reason === undefined ? "" : `: ${reason}`}.`,
    nonRetryable: true,
  };
}

/** The error of a step that its workflow ended without. */
export function describeAbandoned(): SerializedError {
  return {
    name: "Canceled",
    code: "CANCELED",
    message: "The workflow ended without this step.",
    nonRetryable: true,
  };
}

/**
 * Says whether a workflow's time is over and it has not been made to end yet: its timer is
 * due, and nobody may take it up before it has fired, however long no executor was there.
 */
export function isOverdue(
  { timeoutAt, ending }: { timeoutAt?: number | undefined; ending?: object | undefined },
  nowMs: number,
): boolean {
  return timeoutAt !== undefined && timeoutAt <= nowMs && ending === undefined;
}

/**
 * Says whether a step failed because its workflow is being ended: by `cancel` (code
 * `CANCELED`) or by its timeout (`WORKFLOW_TIMEOUT`). A handler that catches it may run a
 * few more steps to clean up; however it goes on, the workflow ends.
 *
 * @example
 * ```ts
 * try {
 *   await step.runAction(internal.batches.work, { batch });
 * } catch (error) {
 *   if (isCanceled(error)) await step.runMutation(internal.batches.release, { batch });
 *   throw error;
 * }
 * ```
 */
export function isCanceled(error: unknown): boolean {
  if (!isStepError(error)) return false;
  return error.code === "CANCELED" || error.code === "WORKFLOW_TIMEOUT";
}
