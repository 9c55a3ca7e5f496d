/**
 * Transitions: what an executor tells of what it has made durable.
 *
 * Owns their names and fields, which are stable, their levels, and how they map to ids of
 * OpenTelemetry. Pure; the runtime says when they happen, `transitionLines.ts` prints them.
 */
import { SPAN_ID_DIGITS } from "./constants.js";
import { computeDigest } from "./digest.js";

/**
 * - `executor.started`. `executor.handed_over`: it has a successor, and drains.
 *   `executor.retired`: it had no work. `executor.left`: it has drained. `executor.lost`:
 *   its seat knows it no more.
 * - `workflow.started`: claimed for the first time. `workflow.resumed`: taken up again.
 * - `workflow.released`: let go of, until something happens or for another executor.
 * - `workflow.lost`: its claim is gone: ended by somebody else, restarted, or taken over.
 * - `step.started`: its row is durable, so it may run. `step.restarted`: an interrupted
 *   attempt is made again. `step.retried`: an attempt failed, and another follows.
 * - `step.settled`: its outcome is durable, and its handler has been told.
 * - `commit.rejected`: what a workflow had to record can never be recorded.
 */
export type TransitionName =
  | "executor.started"
  | "executor.handed_over"
  | "executor.retired"
  | "executor.left"
  | "executor.lost"
  | "workflow.started"
  | "workflow.resumed"
  | "workflow.completed"
  | "workflow.failed"
  | "workflow.canceled"
  | "workflow.parked"
  | "workflow.released"
  | "workflow.lost"
  | "step.started"
  | "step.retried"
  | "step.restarted"
  | "step.settled"
  | "commit.rejected";

/** One transition. Fields that do not apply are absent. */
export type Transition = {
  event: TransitionName;
  /** Milliseconds since 1970, when the executor knew that it was durable. */
  at: number;
  workflow?: string;
  generation?: number;
  definition?: string;
  /** Number, name and kind of the step. */
  step?: number;
  name?: string;
  kind?: string;
  /** The attempt that starts, ended, or comes next. */
  attempt?: number;
  /** How a step settled. */
  outcome?: "completed" | "failed";
  /** When a retried step is due, in milliseconds since 1970. */
  dueAt?: number;
  /** Code and beginning of the message of an error. */
  code?: string;
  message?: string;
};

/**
 * Which transitions are printed:
 * - `problems`: `workflow.failed`, `workflow.parked` and `commit.rejected`.
 * - `workflows`: all of workflows and executors. `steps`: everything. `off`: nothing.
 */
export type LogLevel = "off" | "problems" | "workflows" | "steps";

/** The levels, each with all that the ones before it print. */
export const LOG_LEVELS = ["off", "problems", "workflows", "steps"] as const;

/** Says whether a level prints a transition. */
export function isLogged(event: TransitionName, level: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(resolveLevel(event));
}

function resolveLevel(event: TransitionName): LogLevel {
  switch (event) {
    case "workflow.failed":
    case "workflow.parked":
    case "commit.rejected":
      return "problems";
    case "step.started":
    case "step.retried":
    case "step.restarted":
    case "step.settled":
      return "steps";
    default:
      return "workflows";
  }
}

/** Which transition, or which workflow or step, an id of OpenTelemetry is wanted for. */
export type Traced = { workflow: string; generation: number; step?: number };

/**
 * Computes the ids under which OpenTelemetry knows a workflow or a step: a generation of a
 * workflow is a trace, its root span stands for the workflow, and each step is a span below
 * it. The same input gives the same ids, whoever computes them.
 *
 * @example
 * ```ts
 * const { traceId, spanId } = toTraceIds(transition); // 32 and 16 hexadecimal digits
 * ```
 */
export function toTraceIds({ workflow, generation, step }: Traced): {
  traceId: string;
  spanId: string;
  /** The workflow's span, for a step. */
  parentSpanId?: string;
} {
  const trace = [workflow, generation];
  const root = computeSpanId([...trace, "workflow"]);
  const traceId = computeDigest(trace);
  if (step === undefined) return { traceId, spanId: root };
  return { traceId, spanId: computeSpanId([...trace, step]), parentSpanId: root };
}

function computeSpanId(parts: (string | number)[]): string {
  return computeDigest(parts).slice(0, SPAN_ID_DIGITS);
}
