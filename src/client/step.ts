/**
 * What a handler is given: the operations it may await.
 *
 * Owns the public types of `step`. The recorder in `runtime/recorder.ts` implements them.
 */
import type { FunctionArgs, FunctionReturnType } from "convex/server";
import type { Value } from "convex/values";
import type { AwaitEventOptions, EventSpec, ReceivedEvent } from "./events.js";
import type { GateOption } from "../shared/gateOptions.js";
import type { RetryOption } from "../shared/retry.js";
import type { RunContext } from "./runContext.js";
import type {
  AnyReference,
  WorkflowId,
  WorkflowReference,
  WorkflowResult,
} from "./types.js";

/** Options that every step takes. */
export type StepOptions = {
  /** The step's name in the journal and in logs. Default: the function's path. */
  name?: string;
  /**
   * Leaves the arguments out of the determinism check, for arguments that may differ
   * between replays. Default false.
   */
  unstableArgs?: boolean;
  /**
   * Milliseconds one attempt may take, 1 to 300,000, and at most the executor's `drainMs`
   * for actions and inline code. Default 300,000. A timed-out attempt has failed with
   * `TIMEOUT`, and its signal is aborted. Mutations take none: the platform bounds their
   * transaction at a second.
   */
  timeoutMs?: number;
  /**
   * What to do when an attempt fails: `true` for five attempts with exponential backoff, a
   * policy, or `false` for none. Default: the executor's `retry` for actions and inline
   * code, none for queries and mutations. For isolated actions see `isolated`.
   */
  retry?: RetryOption;
  /**
   * The gate that each attempt passes before it starts: a rate, a concurrency or both, shared
   * by all that name its key. Waiting there holds no slot and is no part of `timeoutMs`. An
   * attempt that fails with `retryAfterMs` (or the header `retry-after`) closes the gate for
   * all until then and is made again without counting as a failure, up to 20 times in a row.
   * Default: none. Not for sleeps, children and isolated actions.
   *
   * @example
   * ```ts
   * const anthropic = { key: "anthropic", rate: 4_000, per: 60_000 };
   * await step.runAction(internal.claude.summarize, { text }, { gate: anthropic });
   * ```
   */
  gate?: GateOption;
  /**
   * Milliseconds after which the first attempt starts, from 0 to a year: the step is recorded
   * now, and holds no slot until then. Retries are not put off by it. Default: at once.
   */
  runAfter?: number;
  /**
   * When the first attempt starts, in milliseconds since 1970, at most a year from now; a
   * time in the past means at once. Not together with `runAfter`.
   */
  runAt?: number;
};

/** Options of actions and inline code. */
export type CodeStepOptions = StepOptions & {
  /**
   * Never starts the step twice, at the price of a commit more: it is marked durably before
   * it starts, and if its executor ends while it is marked, it fails with
   * `OUTCOME_UNKNOWN` instead of running again. One that was not marked yet simply runs
   * later. Excludes `retry` and `isolated`. Default false: at least once.
   *
   * @example
   * ```ts
   * try {
   *   await step.runAction(internal.bank.transfer, { amount }, { atMostOnce: true });
   * } catch (error) {
   *   if (!isExecutorError(error, "OUTCOME_UNKNOWN")) throw error;
   *   await step.runAction(internal.bank.reconcile, { amount });
   * }
   * ```
   */
  atMostOnce?: boolean;
};

/** Options of an action step. */
export type ActionStepOptions = CodeStepOptions & {
  /**
   * Runs the action on `@convex-dev/workpool` instead of inside or from the executor: for
   * CPU-heavy work and Node actions that need much memory. Default false. The pool makes the
   * attempts, at most `retry` of them, one after the other: an action that crashed has failed;
   * one that throws the pool's `NonRetryableError` is not tried again; `retryAfterMs` and
   * `nonRetryable` of other errors do not reach it. `timeoutMs`, `atMostOnce` and `gate` may
   * not be given, nor be in force as a `gate` of `withOptions`: the pool knows none of them.
   * A cancel keeps it from beginning or trying again; an attempt that runs is not stopped.
   */
  isolated?: boolean;
};

/** Options of query and mutation steps. */
export type TransactionStepOptions = StepOptions & {
  /**
   * Accepted so that handlers written for `@convex-dev/workflow` run unchanged. Here a
   * query always reads from the executor, and a mutation always shares one transaction with
   * the record of its outcome.
   */
  inline?: boolean;
};

/** Arguments may be left out when the function takes none. */
type Args<F extends AnyReference, Options> =
  Record<string, never> extends FunctionArgs<F>
    ? [args?: FunctionArgs<F>, options?: Options]
    : [args: FunctionArgs<F>, options?: Options];

/**
 * The operations of a workflow. Each call is a step: it runs once its journal entry is
 * durable, and its outcome is durable before anything that follows from it starts.
 * `Promise.all`, `race`, `any` and `allSettled` over steps work and replay alike.
 */
export interface StepContext {
  /** The id of this workflow. */
  readonly workflowId: WorkflowId;
  /** How often the workflow was restarted. */
  readonly generation: number;

  /** Runs a query. */
  runQuery<F extends AnyReference<"query">>(
    query: F,
    ...args: Args<F, TransactionStepOptions>
  ): Promise<FunctionReturnType<F>>;

  /** Runs a mutation, exactly once: it commits together with the record of its outcome. */
  runMutation<F extends AnyReference<"mutation">>(
    mutation: F,
    ...args: Args<F, Omit<TransactionStepOptions, "timeoutMs">>
  ): Promise<FunctionReturnType<F>>;

  /**
   * Runs an action, at least once unless `atMostOnce` says otherwise: inside the executor if it was made by
   * `executor.action`, else with `ctx.runAction`.
   */
  runAction<F extends AnyReference<"action">>(
    action: F,
    ...args: Args<F, ActionStepOptions>
  ): Promise<FunctionReturnType<F>>;

  /**
   * Runs a child workflow and waits for its result; it keeps this workflow's place in line.
   * With `runAt` or `runAfter` it is started now, and waits to begin until then.
   */
  runWorkflow<F extends WorkflowReference>(
    workflow: F,
    args: FunctionArgs<F>["args"],
    options?: Pick<StepOptions, "name" | "unstableArgs" | "runAt" | "runAfter">,
  ): Promise<WorkflowResult<F>>;

  /**
   * Runs inline code, at least once (or `atMostOnce`), outside the deterministic world. What it returns is
   * journaled; what it changes in its closure is not, and is lost on a replay.
   */
  run<T extends Value | undefined | void>(
    name: string,
    body: (context: RunContext) => Promise<T> | T,
    options?: Omit<CodeStepOptions, "name" | "unstableArgs">,
  ): Promise<T>;

  /**
   * Waits for `durationMs` milliseconds, from 0 to a year. It holds no slot; beyond five
   * minutes it holds no memory either, and costs nothing until it is over.
   */
  sleep(durationMs: number, options?: { name?: string }): Promise<void>;

  /**
   * Waits until a time in milliseconds since 1970, at most a year from now, as `sleep` does;
   * not at all if it has passed. Compared on replay: it must not come from a clock outside.
   */
  sleepUntil(timestamp: number, options?: { name?: string }): Promise<void>;

  /**
   * Waits for an event that `executor.sendEvent` sends to this workflow, and answers its
   * value. Events of one name come in the order in which they were sent, also those sent
   * before this call; steps that wait for one name are served in the order of their calls.
   * The wait holds no slot and no executor.
   *
   * A step that lost a `Promise.race` still waits, and takes the next event that comes. To
   * wait for the first of several events and then for none of them, pass an array.
   *
   * @throws in the handler: what was sent as `error`; `EVENT_TIMEOUT`; `INVALID_EVENT`.
   *
   * @example
   * ```ts
   * const { approved } = await step.awaitEvent({ ...approval, timeoutMs: 86_400_000 });
   * ```
   */
  awaitEvent<T = unknown, Name extends string = string>(
    event: EventSpec<Name, T> & AwaitEventOptions,
    options?: AwaitEventOptions,
  ): Promise<T>;
  /**
   * Waits for the first of several events, and answers which it was: `{ name, value }`. Once
   * one has come, the step waits for none of the others.
   *
   * @example
   * ```ts
   * const got = await step.awaitEvent([approval, "withdrawn"], { timeoutMs: 3_600_000 });
   * if (got.name === "approval") return got.value.approved;
   * ```
   */
  awaitEvent<const Specs extends readonly (EventSpec | string)[]>(
    events: Specs,
    options?: AwaitEventOptions,
  ): Promise<ReceivedEvent<Specs[number]>>;

  /**
   * Shows a status: any value of at most 16 KiB, which `getStatus` answers as `status`. Not a
   * step: it returns at once and needs no `await`. It is durable with what the handler does
   * next; of several in one commit the last one counts, and a replay shows none again.
   *
   * @throws `VALUE_REJECTED`, `STEP_OUTSIDE_TURN`.
   *
   * @example
   * ```ts
   * step.setStatus({ done: 3, of: 20 });
   * ```
   */
  setStatus(value: Value): void;

  /** Derives a context whose steps take these options unless a call gives its own. */
  withOptions(
    defaults: Pick<StepOptions, "unstableArgs" | "retry" | "timeoutMs" | "gate">,
  ): StepContext;
}
