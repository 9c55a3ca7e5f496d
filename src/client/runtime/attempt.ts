/**
 * One attempt of a step.
 *
 * Owns running a step's body outside the handler's world, its timeout and its abort, and
 * turning whatever happens into an outcome. Never rejects: an error that escaped here would
 * end the whole executor (P14).
 */
import {
  COMMIT_RETRY_MS_MAX,
  COMMIT_RETRY_MS_MIN,
  MUTATION_TRIES,
  OVERLOADS_MAX,
} from "../../shared/constants.js";
import { executorError } from "../../shared/errors.js";
import type { ProviderLimits } from "../../shared/limits.js";
import type { Outcome } from "../../shared/model.js";
import { resolveReturned, resolveThrown } from "../../shared/outcomes.js";
import type { SerializedError } from "../../shared/thrown.js";
import { runInProcessAction } from "../action.js";
import type { RunContext } from "../runContext.js";
import type { Backend } from "./backend.js";
import { classifyFailure, provesNotStarted } from "./failures.js";
import type { HotWorkflow } from "./hot.js";
import type { OpenStep } from "./openStep.js";
import { exitSandbox, real } from "./sandbox.js";
import type { TimerWheel } from "./timers.js";

/**
 * How an attempt ended. `overloaded`: it never ran, and is no attempt (D7). `lost`: the
 * claim is gone. `isRecorded`: the outcome is durable already.
 */
export type AttemptEnd =
  | { kind: "settled"; outcome: Outcome; settledAt: number; isRecorded: boolean }
  | { kind: "overloaded" }
  | { kind: "lost" };

/** What attempts need of their executor. */
export type AttemptDeps = {
  backend: Backend;
  timers: TimerWheel;
  sleep: (ms: number) => Promise<void>;
  /** Takes what the body was told of a provider's limits (P15). */
  reportLimits: (limits: ProviderLimits) => void;
};

/** Runs one attempt; resolves when it has ended, timed out or been aborted. */
export async function runAttempt(
  deps: AttemptDeps,
  hot: HotWorkflow,
  step: OpenStep,
): Promise<AttemptEnd> {
  if (step.request.work.kind === "mutation")
    return await runMutationAttempt(deps, hot, step);
  const controller = new AbortController();
  let reject!: (reason: Error) => void;
  const ended = new Promise<never>((_resolve, onReject) => {
    reject = onReject;
  });
  ended.catch(() => undefined);
  const end = (reason: Error) => {
    controller.abort(reason);
    reject(reason);
  };
  step.abort = end;
  const timeout = deps.timers.schedule(real.now() + step.request.timeoutMs, () =>
    end(timedOut(step)),
  );
  try {
    const body = exitSandbox(
      async () => await runBody(deps, hot, step, controller.signal),
    );
    // A body that goes on after its timeout may still fail; nobody listens then.
    body.catch(() => undefined);
    const value = await Promise.race([body, ended]);
    const outcome = resolveReturned(value, `the result of step "${step.request.name}"`);
    return { kind: "settled", outcome, settledAt: real.now(), isRecorded: false };
  } catch (thrown) {
    return resolveFailure(step, thrown);
  } finally {
    deps.timers.cancel(timeout);
  }
}

async function runBody(
  { backend, reportLimits }: AttemptDeps,
  hot: HotWorkflow,
  step: OpenStep,
  signal: AbortSignal,
): Promise<unknown> {
  const { ctx } = backend;
  const { name, work } = step.request;
  const context: RunContext = {
    signal,
    idempotencyKey:
      step.request.idempotencyKey ??
      `${hot.identity.workflow}/${hot.identity.generation}/${step.number}`,
    attempt: step.attempts,
    reportLimits,
  };
  switch (work.kind) {
    case "query":
      return await ctx.runQuery(work.reference, work.args);
    case "action":
      return await ctx.runAction(work.reference, work.args);
    case "inProcess":
      return await runInProcessAction(
        name,
        work.action,
        { ...ctx, ...context },
        work.args,
      );
    case "run":
      return await work.body(context);
    default:
      throw new Error(`A step of kind ${work.kind} has no attempts.`);
  }
}

function resolveFailure(step: OpenStep, thrown: unknown): AttemptEnd {
  const settledAt = real.now();
  const outcome = resolveThrown(thrown, settledAt);
  const { work, atMostOnce } = step.request;
  const message = readRawMessage(thrown);
  const isOverload =
    (work.kind === "query" || work.kind === "action") &&
    classifyFailure(message) === "overload" &&
    (!atMostOnce || provesNotStarted(message));
  if (isOverload && step.overloads < OVERLOADS_MAX) return { kind: "overloaded" };
  return { kind: "settled", outcome, settledAt, isRecorded: false };
}

/** Reads a message as it is: unwrapped, a user's error would pass for the platform's. */
function readRawMessage(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : "";
  } catch {
    return ""; // a getter that throws is certainly not the platform's
  }
}

/**
 * Runs a mutation step (D4). A call whose outcome is unknown is made again: if it had
 * committed, the row has the outcome and nothing runs twice (P4). One whose transaction
 * dies again and again can never commit; it is settled as failed by a call of its own,
 * which finds out if it has committed after all.
 */
async function runMutationAttempt(
  { backend, sleep }: AttemptDeps,
  hot: HotWorkflow,
  step: OpenStep,
): Promise<AttemptEnd> {
  const { work } = step.request;
  if (work.kind !== "mutation") return { kind: "lost" };
  let deaths = 0;
  let lastError: SerializedError | null = null;
  for (let tries = 0; !hot.isDead && hot.claim !== null; tries += 1) {
    try {
      const isHopeless = lastError !== null && deaths >= MUTATION_TRIES;
      const answer = isHopeless
        ? await backend.failMutationStep(hot.claim, step.number, died(step, lastError))
        : await backend.runMutationStep(
            hot.claim,
            step.number,
            work.reference,
            work.args,
          );
      if (answer.kind === "lost") return answer;
      const isRecorded = answer.kind === "settled";
      return { settledAt: real.now(), ...answer, kind: "settled", isRecorded };
    } catch (thrown) {
      lastError = resolveThrown(thrown, real.now()).error;
      deaths += weighDeath(lastError.message);
    }
    const pauseMs = Math.min(COMMIT_RETRY_MS_MAX, COMMIT_RETRY_MS_MIN * 2 ** tries);
    await sleep(pauseMs * real.random());
  }
  return { kind: "lost" };
}

/** How much a failed call counts towards the proof that the mutation can never commit. */
function weighDeath(message: string): number {
  const failure = classifyFailure(message);
  if (failure === "fatal") return MUTATION_TRIES / 2;
  return failure === "unknown" ? 1 : 0;
}

function died(step: OpenStep, last: SerializedError | null): SerializedError {
  const error = executorError(
    "TRANSACTION_DIED",
    `Mutation step "${step.request.name}" could not commit in ${MUTATION_TRIES} tries, last: ${last?.message}. It runs within one second and the limits of one transaction; split it.`,
    { step: step.request.name },
  );
  return { ...resolveThrown(error, real.now()).error, nonRetryable: true };
}

function timedOut(step: OpenStep): Error {
  const { name, timeoutMs } = step.request;
  return executorError(
    "TIMEOUT",
    `Step "${name}" took longer than its timeout of ${timeoutMs} ms. Raise timeoutMs, or make the step smaller.`,
    { step: name, timeoutMs },
  );
}
