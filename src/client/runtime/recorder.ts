/**
 * The `step` that a handler holds: it turns calls into requests.
 *
 * Owns the checking of what a step is asked to do, before it is recorded. A mistake is a
 * rejected promise, the same on every replay; nothing is recorded for it.
 */
import { getFunctionName } from "convex/server";
import type { Value } from "convex/values";
import {
  PREVIEW_BYTES_MAX,
  SLEEP_MS_MAX,
  STEP_TIMEOUT_MS_DEFAULT,
  STEP_TIMEOUT_MS_MIN,
} from "../../shared/constants.js";
import { computeDigest } from "../../shared/digest.js";
import { executorError } from "../../shared/errors.js";
import { resolveGate, type GateOption } from "../../shared/gateOptions.js";
import type { StepKind } from "../../shared/model.js";
import { checkArgumentsFit, copyValue } from "../../shared/outcomes.js";
import { computePreview } from "../../shared/preview.js";
import { checkRange } from "../../shared/ranges.js";
import { resolvePoolRetry, resolveRetry, type RetryOption } from "../../shared/retry.js";
import { measureValue } from "../../shared/sizes.js";
import { checkArguments } from "../definition.js";
import type { AwaitEventOptions } from "../events.js";
import type { Registry } from "../registry.js";
import type {
  ActionStepOptions,
  CodeStepOptions,
  RunContext,
  StepContext,
  StepOptions,
} from "../step.js";
import type { AnyReference, WorkflowId } from "../types.js";
import { offerDispatch } from "./dispatch.js";
import { describeEvent } from "./eventSteps.js";
import type { HotWorkflow } from "./hot.js";
import type { StepRequest, StepWork } from "./model.js";
import { checkTime, resolveStartTime, type StartTime } from "./startTimes.js";
import { createStepPromise } from "./stepPromise.js";
import {
  checkCodeOptions,
  checkName,
  checkStatus,
  checkTransactionOptions,
} from "./stepChecks.js";

/** The digest of a step whose arguments are not compared. */
const UNSTABLE = "unstable";

/** Options that steps fall back to. */
type StepDefaults = {
  unstableArgs?: boolean;
  retry?: RetryOption;
  timeoutMs?: number;
  gate?: GateOption;
};

/** Steps' options in force, and what the executor adds to them. */
type Context = { defaults: StepDefaults; drainMs: number; localMax: () => number };

/** Makes the step context of a hot workflow. */
export function createStepContext(
  hot: HotWorkflow,
  registry: Registry,
  context: Context,
): StepContext {
  const { defaults, drainMs, localMax } = context;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each step says what its function answers; the journal has a Value
  const record = (make: () => StepRequest): Promise<any> => request(hot, make);
  const call = (
    kind: "query" | "mutation",
    reference: AnyReference,
    args: unknown,
    options: StepOptions = {},
  ) =>
    record(() => {
      const name = getFunctionName(reference);
      checkTransactionOptions(kind, name, options);
      const copy = copyArguments(args, name);
      const work = { kind, reference, args: copy } as StepWork;
      // Transactions fail the same way again; only the caller knows when it is worth it.
      const { retry: _retry, gate: _gate, ...own } = defaults;
      const asked = describe(kind, name, copy, work, merge(own, options));
      return offerDispatch(asked, name, { steps: hot.steps, localMax: localMax() });
    });
  return {
    workflowId: hot.identity.workflow as WorkflowId,
    generation: hot.identity.generation,
    runQuery: (reference, ...[args, options]) => call("query", reference, args, options),
    runMutation: (reference, ...[args, options]) =>
      call("mutation", reference, args, options),
    runAction: (reference, ...[args, options]) =>
      record(() => {
        const merged = merge(defaults, options);
        checkCodeOptions(getFunctionName(reference), options ?? {}, merged, drainMs);
        const asked = describeAction(registry, reference, args, merged);
        const owner = { steps: hot.steps, localMax: localMax() };
        return offerDispatch(asked, getFunctionName(reference), owner);
      }),
    runWorkflow: (reference, args, options) =>
      record(() => {
        const name = getFunctionName(reference);
        return describeChild(registry, name, args, merge(defaults, options));
      }),
    run: (name, body, options) =>
      record(() => {
        const merged = merge(defaults, options);
        checkCodeOptions(name, options ?? {}, merged, drainMs);
        return describeRun(name, body, merged);
      }),
    sleep: (durationMs, options) =>
      record(() => {
        checkRange("sleep's durationMs", durationMs, 0, SLEEP_MS_MAX);
        return describeSleep(durationMs, { afterMs: durationMs }, options?.name);
      }),
    sleepUntil: (timestamp, options) =>
      record(() => {
        checkTime("sleepUntil's timestamp", timestamp);
        return describeSleep(timestamp, { atMs: timestamp }, options?.name);
      }),
    awaitEvent: (
      event: Parameters<typeof describeEvent>[0],
      options?: AwaitEventOptions,
    ) => record(() => describeEvent(event, options)),
    setStatus: (value) => hot.setStatus(checkStatus(value)),
    withOptions: (more) =>
      createStepContext(hot, registry, { ...context, defaults: merge(defaults, more) }),
  };
}

/** An option given as undefined is not given, as wrappers pass on what they were given. */
function merge<Options extends StepOptions>(
  defaults: StepDefaults,
  options: Options | undefined,
): Options {
  const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) } as Options;
}

/** Records a request, or answers a promise that is already rejected. */
function request(hot: HotWorkflow, make: () => StepRequest): Promise<Value> {
  try {
    return hot.request(make());
  } catch (thrown) {
    const { promise, reject } = createStepPromise();
    reject(thrown as Error);
    return promise;
  }
}

function describe(
  kind: StepKind,
  defaultName: string,
  args: Value,
  work: StepWork,
  options: StepOptions & { atMostOnce?: boolean; idempotencyKey?: string },
): StepRequest {
  const name = options.name ?? defaultName;
  checkName(name);
  const timeoutMs = options.timeoutMs ?? STEP_TIMEOUT_MS_DEFAULT;
  checkRange("timeoutMs", timeoutMs, STEP_TIMEOUT_MS_MIN, STEP_TIMEOUT_MS_DEFAULT);
  const start = resolveStartTime(name, options);
  const runsHere = kind !== "isolated" && kind !== "workflow"; // those pass gates of their own
  return {
    name,
    kind,
    digest: options.unstableArgs ? UNSTABLE : computeDigest(args),
    preview: args === null ? undefined : computePreview(args, PREVIEW_BYTES_MAX),
    bytes: measureValue(args).bytes,
    work,
    timeoutMs,
    // Whoever asks for at most once asks for one attempt, whatever the default is.
    retry: options.atMostOnce ? null : resolveRetry(options.retry),
    ...(options.atMostOnce ? { atMostOnce: true } : {}),
    ...(options.gate && runsHere ? { gate: resolveGate(options.gate) } : {}),
    ...(options.idempotencyKey ? { idempotencyKey: options.idempotencyKey } : {}),
    ...(start ? { start } : {}),
  };
}

function describeAction(
  registry: Registry,
  reference: AnyReference<"action">,
  args: unknown,
  options: ActionStepOptions,
): StepRequest {
  const name = getFunctionName(reference);
  const copy = copyArguments(args, name);
  if (options.isolated) {
    const retry = resolvePoolRetry(name, options.retry);
    const work = { kind: "isolated", reference, args: copy, retry } as const;
    return describe("isolated", name, copy, work, { ...options, retry: false });
  }
  const action = registry.actions.get(name);
  const work: StepWork = action
    ? { kind: "inProcess", action, args: copy }
    : { kind: "action", reference, args: copy };
  return describe("action", name, copy, work, options);
}

function describeRun(
  name: string,
  body: (context: RunContext) => unknown,
  options: CodeStepOptions,
): StepRequest {
  if (typeof body === "function")
    return describe("run", name, null, { kind: "run", body }, options);
  throw executorError(
    "INVALID_OPTIONS",
    `step.run("${name}") got ${typeof body} as its body; pass a function: step.run(name, () => …).`,
    { option: "body", actual: typeof body },
  );
}

function describeChild(
  registry: Registry,
  name: string,
  args: unknown,
  options: StepOptions,
): StepRequest {
  const definition = registry.definitions.get(name);
  if (!definition) {
    throw executorError(
      "UNKNOWN_DEFINITION",
      `runWorkflow got ${name}, which no module given to executor.entry defines. Add its module there.`,
      { definition: name },
    );
  }
  const copy = copyArguments(args, name);
  checkArguments(name, definition.args, copy);
  const { gate, limits } = definition;
  const work = { kind: "workflow", definition: name, args: copy, limits, gate } as const;
  return describe("workflow", name, copy, work, { ...options, retry: false });
}

function describeSleep(args: number, start: StartTime, name = "sleep"): StepRequest {
  return { ...describe("sleep", name, args, { kind: "sleep" }, {}), start };
}

/** Copies arguments as they are at the call; throws `VALUE_REJECTED` for what cannot travel. */
function copyArguments(args: unknown, name: string): Value {
  const value = args ?? {};
  checkArgumentsFit(value, name);
  return copyValue(value as Value);
}
