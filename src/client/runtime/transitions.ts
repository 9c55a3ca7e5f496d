/**
 * What the executor tells of transitions, once they are durable.
 *
 * Owns the translation of committed operations, and where transitions go: to the app's own
 * sink, and as lines to its log. Told after the commit's answer, so that nothing is told
 * that is not durable; what a crash cuts off between the two is never told. A replay tells
 * nothing again: only what a commit of this executor has recorded.
 */
import type { Operation } from "../../shared/commit.js";
import { TRANSITION_MESSAGE_BYTES_MAX } from "../../shared/constants.js";
import { computeBoundedText } from "../../shared/text.js";
import type { SerializedError } from "../../shared/thrown.js";
import { TransitionLines, type LineOrigin } from "../../shared/transitionLines.js";
import {
  isLogged,
  type Transition,
  type TransitionName,
} from "../../shared/transitions.js";
import type { RuntimeOptions } from "../options.js";
import type { WorkflowIdentity } from "./model.js";
import type { OpenStep } from "./openStep.js";
import type { DeliveredStep } from "./operationLog.js";

/** What committed operations are about: a hot workflow, before it learns of the commit. */
type Told = {
  identity: WorkflowIdentity;
  steps: ReadonlyMap<number, OpenStep>;
  /** Delivered steps that were not told of; those that are told are taken out. */
  log: { untold: Map<number, DeliveredStep> };
};

/** Where an executor's transitions go. */
export class Chronicle {
  readonly #lines: TransitionLines;
  #hasSinkFailed = false;

  constructor(
    private readonly options: Pick<RuntimeOptions, "log" | "logLevel" | "onTransitions">,
    { seat, executor }: LineOrigin,
    startedAt: number,
  ) {
    this.#lines = new TransitionLines({ seat, executor }, startedAt);
  }

  /** Tells of transitions that happened just now. */
  tell(transitions: readonly Transition[], now: number): void {
    if (transitions.length === 0) return;
    const { logLevel, onTransitions } = this.options;
    for (const one of transitions) {
      if (isLogged(one.event, logLevel)) this.#lines.add(one, now);
    }
    try {
      // An app may well give an async function where nothing is expected.
      const given = onTransitions?.(transitions) as unknown;
      void Promise.resolve(given).catch((error: unknown) => this.#noteFailure(error));
    } catch (error) {
      this.#noteFailure(error);
    }
  }

  /** Once: a sink that is broken must not use up the log, nor end the executor (P14). */
  #noteFailure(error: unknown): void {
    if (!this.#hasSinkFailed) this.options.log("error", "[onTransitions]", error);
    this.#hasSinkFailed = true;
  }

  /** Prints a line if it is time for one; answers when to ask again, null for never. */
  flush(now: number): number | null {
    const line = this.#lines.take(now);
    if (line !== null) this.options.log("info", line);
    return this.#lines.dueAt;
  }

  /** Prints what is left. */
  close(): void {
    const line = this.#lines.close();
    if (line !== null) this.options.log("info", line);
  }
}

/** Translates what a commit has recorded for one workflow. */
export function describeOperations(
  told: Told,
  operations: readonly Operation[],
  at: number,
): Transition[] {
  return operations.flatMap((operation) => {
    const settled = "after" in operation ? operation.after : [];
    return [
      ...settled.flatMap((number) => describeSettled(told, number, at)),
      ...describeOperation(told, operation, at),
    ];
  });
}

function describeOperation(told: Told, operation: Operation, at: number): Transition[] {
  const make = (event: TransitionName, rest: Partial<Transition> = {}) => [
    { ...describeWorkflow(told.identity, event, at), ...rest },
  ];
  switch (operation.op) {
    case "claimTask":
      return make("workflow.started");
    case "claimReplay":
      return make("workflow.resumed");
    case "step":
      return make("step.started", describeStep(operation));
    case "settle":
      return describeSettled(told, operation.number, at);
    case "retry": {
      const { attempts: attempt, dueAt, error } = operation;
      const step = describeOpen(told, operation.number);
      return make("step.retried", { ...step, attempt, dueAt, ...describeError(error) });
    }
    case "restart":
      return make("step.restarted", {
        ...describeOpen(told, operation.number),
        attempt: operation.attempts,
      });
    case "finish": {
      const { outcome } = operation;
      const error = outcome.kind === "failed" ? describeError(outcome.error) : {};
      return make(`workflow.${outcome.kind}`, error);
    }
    case "park":
      return make("workflow.parked", describeError(operation.error));
    case "release":
      return make("workflow.released");
    default:
      return [];
  }
}

/** Makes a transition of a workflow. */
export function describeWorkflow(
  { workflow, generation, definition }: WorkflowIdentity,
  event: TransitionName,
  at: number,
): Transition {
  return { event, at, workflow, generation, definition };
}

/** Makes what is told of a workflow whose progress can never be recorded. */
export function describeRejected(
  identity: WorkflowIdentity,
  message: string,
  at: number,
): Transition {
  const error = { code: "COMMIT_REJECTED", name: "", message };
  return {
    ...describeWorkflow(identity, "commit.rejected", at),
    ...describeError(error),
  };
}

/** A step is told as settled once: with its outcome, or with what followed from it. */
function describeSettled(told: Told, number: number, at: number): Transition[] {
  const step = told.log.untold.get(number);
  if (!step) return [];
  told.log.untold.delete(number);
  const { outcome } = step;
  return [
    {
      ...describeWorkflow(told.identity, "step.settled", at),
      ...describeStep({ number, ...step }),
      outcome: outcome.kind,
      ...(outcome.kind === "failed" ? describeError(outcome.error) : {}),
    },
  ];
}

function describeOpen(told: Told, number: number): Partial<Transition> {
  const step = told.steps.get(number);
  return step
    ? describeStep({ number, ...step.request, attempts: step.attempts })
    : { step: number };
}

function describeStep(step: {
  number: number;
  name: string;
  kind: string;
  attempts: number;
}): Partial<Transition> {
  const { number, name, kind, attempts } = step;
  return { step: number, name, kind, attempt: Math.max(1, attempts) };
}

function describeError({ code, message }: SerializedError): Partial<Transition> {
  return {
    ...(code === undefined ? {} : { code }),
    message: computeBoundedText(message, TRANSITION_MESSAGE_BYTES_MAX),
  };
}
