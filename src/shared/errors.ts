/**
 * The errors that callers and handlers can tell apart.
 *
 * Owns: the codes, what each means, and the one way to throw and to recognise them.
 * They cross component boundaries, where only a ConvexError's data survives, so they are
 * identified by their code, never by class: `getErrorCode` is the one place where it is read.
 */
import { ConvexError, type Value } from "convex/values";
import { isStepError } from "./thrown.js";

const ERROR_CODES = [
  "INVALID_ARGUMENTS",
  "INVALID_OPTIONS",
  "UNKNOWN_WORKFLOW",
  "UNKNOWN_DEFINITION",
  "KEY_CONFLICT",
  "TOO_MANY",
  "NOT_CONFIGURED",
  "CALLER_CANCELED",
  "RESTART_REFUSED",
  "CLEANUP_REFUSED",
  "VALUE_REJECTED",
  "INVALID_RETURN",
  "TIMEOUT",
  "OUTCOME_UNKNOWN",
  "INTERRUPTED",
  "TRANSACTION_DIED",
  "COMMIT_REJECTED",
  "NONDETERMINISM",
  "STEP_NOT_AWAITED",
  "NOTHING_AWAITED",
  "STEP_OUTSIDE_TURN",
  "TOO_MANY_STEPS",
  "FAILED_BY_OPERATOR",
  "POISON",
  "PAUSED",
  "CHILD_FAILED",
  "CHILD_CANCELED",
  "TOO_MANY_EVENTS",
  "EVENT_TIMEOUT",
  "INVALID_EVENT",
  "CANCELED",
  "WORKFLOW_TIMEOUT",
] as const;

/**
 * What went wrong, for code to branch on.
 *
 * Callers' mistakes:
 * - `INVALID_ARGUMENTS`: arguments do not match the definition's validator; nothing was written.
 * - `INVALID_OPTIONS`: an option is out of its range or contradicts another.
 * - `UNKNOWN_WORKFLOW`: no workflow has this id.
 * - `UNKNOWN_DEFINITION`: no module given to `executor.entry` defines this workflow.
 * - `KEY_CONFLICT`: the key was used before with other arguments.
 * - `TOO_MANY`: more items than one call may carry.
 * - `NOT_CONFIGURED`: the executor's entry is not known yet.
 * - `TOO_MANY_EVENTS`: more events wait for a workflow than it may leave unheard.
 * - `CALLER_CANCELED`: the calling job was canceled, so the platform would drop what it schedules.
 * - `RESTART_REFUSED`: the workflow cannot restart from there; the text says why.
 * - `CLEANUP_REFUSED`: the workflow has not finished.
 *
 * What a handler can see:
 * - `VALUE_REJECTED`: a value cannot be stored (size, nesting, type).
 * - `INVALID_RETURN`: a return value does not match its validator.
 * - `TIMEOUT`: an attempt took longer than its timeout.
 * - `OUTCOME_UNKNOWN`: an at-most-once step was interrupted; whether it took effect nobody knows.
 * - `INTERRUPTED`: a step outlasted the drain window again and again.
 * - `TRANSACTION_DIED`: a mutation step's transaction could not commit.
 * - `COMMIT_REJECTED`: the engine could not record a workflow's progress.
 * - `NONDETERMINISM`: a replay took another path than the journal.
 * - `STEP_NOT_AWAITED`: the handler returned while a step it never awaited was running.
 * - `NOTHING_AWAITED`: the handler waits on something the engine does not know.
 * - `STEP_OUTSIDE_TURN`: a step was started where it could not be replayed.
 * - `TOO_MANY_STEPS`: more steps than a journal can hold, or too many at once.
 * - `FAILED_BY_OPERATOR`: an operator failed the step or the workflow.
 * - `POISON`: the workflow ended the executors that ran it, again and again.
 * - `PAUSED`: its definition is paused; it goes on when an operator resumes it.
 * - `CHILD_FAILED`, `CHILD_CANCELED`: a child workflow did not complete.
 * - `EVENT_TIMEOUT`: no event came within the timeout of the step that awaited it.
 * - `INVALID_EVENT`: an event's value does not match its validator; also the sender sees it.
 * - `CANCELED`, `WORKFLOW_TIMEOUT`: the workflow is being ended; see `isCanceled`.
 */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** The data of an error that this component throws. */
export type ExecutorErrorData = { code: ErrorCode; message: string } & {
  [detail: string]: Value | undefined;
};

/** Makes an error of this component; `details` name the thing, the actual and the limit. */
export function executorError(
  code: ErrorCode,
  message: string,
  details: Record<string, Value | undefined> = {},
): ConvexError<ExecutorErrorData> {
  return new ConvexError({
    code,
    message,
    ...dropUndefined(details),
  });
}

/** An error of this component, as whoever calls it or a handler catches it. */
export type ExecutorError = Error & {
  /** What the text names, as values. There if it was thrown, not if a step has failed with it. */
  readonly data?: ExecutorErrorData;
};

/**
 * Says whether `error` is one of this component's, optionally with the given code. It does so
 * wherever the error is caught: by who calls `executor.start`, or by a handler one of whose
 * steps has failed. An app's step that fails with one of these codes is taken for ours.
 *
 * @example
 * ```ts
 * try {
 *   await executor.start(ctx, internal.reviews.review, args, { key: "doc-1" });
 * } catch (error) {
 *   if (!isExecutorError(error, "KEY_CONFLICT")) throw error;
 * }
 * ```
 */
export function isExecutorError(
  error: unknown,
  code?: ErrorCode,
): error is ExecutorError {
  if (!(error instanceof ConvexError) && !isStepError(error)) return false;
  const actual = getErrorCode(error);
  // Apps throw errors with codes of their own.
  if (code === undefined) return ERROR_CODES.some((one) => one === actual);
  return actual === code;
}

/**
 * Answers the code of anything that was caught, this component's or the app's own; undefined
 * if it has none. A step fails with the same code hot and in a replay, and whether its code
 * threw an error with a `code` (as Node's and most SDKs' are) or a `ConvexError` whose data
 * has one; `getStatus` and `onComplete` have it as `error.code`.
 *
 * @example
 * ```ts
 * try {
 *   await step.runMutation(internal.stock.reserve, { item });
 * } catch (error) {
 *   if (getErrorCode(error) !== "OUT_OF_STOCK") throw error; // ConvexError({ code: … })
 * }
 * ```
 */
export function getErrorCode(error: unknown): string | undefined {
  return (
    readCode(error) ?? (error instanceof ConvexError ? readCode(error.data) : undefined)
  );
}

function readCode(holder: unknown): string | undefined {
  if (typeof holder !== "object" || holder === null || !("code" in holder))
    return undefined;
  return typeof holder.code === "string" ? holder.code : undefined;
}

/** Throws when one of our own invariants does not hold; `what` cites its number. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`convex-executor: ${what}`);
}

function dropUndefined(
  details: Record<string, Value | undefined>,
): Record<string, Value> {
  const kept: Record<string, Value> = {};
  for (const [key, value] of Object.entries(details)) {
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}
