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
} from "../../shared/constants.js";
import { executorError } from "../../shared/errors.js";
import type { Outcome } from "../../shared/model.js";
import { resolveReturned, resolveThrown } from "../../shared/outcomes.js";
import { runInProcessAction } from "../action.js";
import type { RunContext } from "../step.js";
import type { Backend } from "./backend.js";
import { classifyFailure } from "./failures.js";
import type { HotWorkflow } from "./hot.js";
import type { OpenStep } from "./model.js";
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
  { backend }: AttemptDeps,
  hot: HotWorkflow,
  step: OpenStep,
  signal: AbortSignal,
): Promise<unknown> {
  const { ctx } = backend;
  const { name, work } = step.request;
  const context: RunContext = {
    signal,
    idempotencyKey: `${hot.identity.workflow}/${hot.identity.generation}/${step.number}`,
    attempt: step.attempts,
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
  const isFunction =
    step.request.work.kind === "query" || step.request.work.kind === "action";
  if (isFunction && classifyFailure(outcome.error.message) === "overload") {
    return { kind: "overloaded" };
  }
  return { kind: "settled", outcome, settledAt, isRecorded: false };
}

/**
 * Runs a mutation step (D4). A call whose outcome is unknown is made again: if it had
 * committed, the row has the outcome and nothing runs twice (P4). One whose transaction
 * dies again and again can never commit and is settled as failed by the next commit, once
 * its row has been seen unsettled: several answers in a row may be lost, too.
 */
async function runMutationAttempt(
  { backend, sleep }: AttemptDeps,
  hot: HotWorkflow,
  step: OpenStep,
): Promise<AttemptEnd> {
  const { work } = step.request;
  if (work.kind !== "mutation" || hot.claim === null) return { kind: "lost" };
  let deaths = 0;
  for (let tries = 0; !hot.isDead; tries += 1) {
    try {
      const { claim } = hot;
      const answer = await backend.runMutationStep(
        claim,
        step.number,
        work.reference,
        work.args,
      );
      if (answer.kind === "lost") return { kind: "lost" };
      const { outcome } = answer;
      if (answer.kind === "settled") return { ...answer, isRecorded: true };
      return { kind: "settled", outcome, settledAt: real.now(), isRecorded: false };
    } catch (thrown) {
      const { error } = resolveThrown(thrown, real.now());
      if (classifyFailure(error.message) === "other") deaths += 1;
      const end =
        deaths >= MUTATION_TRIES
          ? await concludeDeaths(backend, hot, step, error.message)
          : null;
      if (end) return end;
    }
    await sleep(
      Math.min(COMMIT_RETRY_MS_MAX, COMMIT_RETRY_MS_MIN * 2 ** tries) * real.random(),
    );
  }
  return { kind: "lost" };
}

/** Ends a mutation step that cannot commit; null while nobody can say whether it has. */
async function concludeDeaths(
  backend: Backend,
  { identity }: HotWorkflow,
  step: OpenStep,
  message: string,
): Promise<AttemptEnd | null> {
  const { workflow, generation } = identity;
  try {
    const { settled } = await backend.readSettled(workflow, generation, [step.number]);
    const recorded = settled[0];
    return recorded
      ? { kind: "settled", ...recorded, isRecorded: true }
      : died(step, message);
  } catch {
    return null; // the component is out of reach: no proof against the mutation
  }
}

function died(step: OpenStep, message: string): AttemptEnd {
  const error = executorError(
    "TRANSACTION_DIED",
    `Mutation step "${step.request.name}" could not commit in ${MUTATION_TRIES} tries, last: ${message}. It runs within one second and the limits of one transaction; split it.`,
    { step: step.request.name },
  );
  return { kind: "settled", ...resolveTransactionDeath(error) };
}

function resolveTransactionDeath(error: Error) {
  const settledAt = real.now();
  const { error: data } = resolveThrown(error, settledAt);
  const outcome: Outcome = { kind: "failed", error: { ...data, nonRetryable: true } };
  return { outcome, settledAt, isRecorded: false };
}

function timedOut(step: OpenStep): Error {
  const { name, timeoutMs } = step.request;
  return executorError(
    "TIMEOUT",
    `Step "${name}" took longer than its timeout of ${timeoutMs} ms. Raise timeoutMs, or make the step smaller.`,
    { step: name, timeoutMs },
  );
}
