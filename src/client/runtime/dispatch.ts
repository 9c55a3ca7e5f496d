/**
 * Wide fan-outs: steps beyond what one executor runs for one workflow (D11).
 *
 * Owns the built-in definition whose workflows run one such step each, dealt over the
 * shards, and the offer to become one. The child's step has the same name, key,
 * retries and timeout; what it answers or throws is the step's own.
 */
import { makeFunctionReference } from "convex/server";
import { v, type Value } from "convex/values";
import {
  DISPATCH_STEP_BACK_MS,
  STEP_TIMEOUT_MS_DEFAULT,
} from "../../shared/constants.js";
import type { GateOption } from "../../shared/gateOptions.js";
import { vValue } from "../../shared/model.js";
import type { RetryPolicy } from "../../shared/retry.js";
import type { Definition } from "../definition.js";
import type { StepContext } from "../step.js";
import type { StepRequest } from "./model.js";
import type { OpenStep } from "./openStep.js";
import { isOutside } from "./stepStates.js";

/** What a dispatched step needs wherever it runs. */
type Dispatched = {
  call: "runQuery" | "runMutation" | "runAction";
  reference: string;
  args: Value;
  name: string;
  /** The parent's idempotency key; the component adds it. */
  key: string;
  timeoutMs: number;
  retry: RetryPolicy | null;
  gate: GateOption | null;
  /** Milliseconds by which it stands behind its parent in the order. */
  behindMs: number;
};

const CALLS = {
  query: "runQuery",
  mutation: "runMutation",
  action: "runAction",
  inProcess: "runAction",
} as const;

/** The workflow of one dispatched step. */
export const stepDefinition: Definition = {
  args: { call: v.string(), reference: v.string(), args: vValue, name: v.string() },
  returns: undefined,
  retry: undefined,
  limits: {},
  gate: undefined,
  handler: async (step, dispatched: Dispatched) => {
    const { call, reference, args, name, key, timeoutMs, retry, gate } = dispatched;
    // Only what was asked for is asked again: the default may exceed a short drain window.
    const isAsked = call !== "runMutation" && timeoutMs !== STEP_TIMEOUT_MS_DEFAULT;
    const options = {
      name,
      idempotencyKey: key,
      retry: retry ?? false,
      ...(gate ? { gate } : {}),
      ...(isAsked ? { timeoutMs } : {}),
    };
    const target = makeFunctionReference<"action">(reference);
    const callee = step as Pick<StepContext, "runAction"> &
      Record<typeof call, StepContext["runAction"]>;
    return (await callee[call](target, args, options)) as unknown;
  },
};

/** Says that a step may be dispatched, and whether it is, if its workflow has too many. */
export function offerDispatch(
  request: StepRequest,
  reference: string,
  owner: { steps: ReadonlyMap<number, OpenStep>; localMax: number },
): StepRequest {
  const { work, name, timeoutMs, retry, gate, atMostOnce, start } = request;
  if (!(work.kind in CALLS) || !("args" in work) || atMostOnce || start) return request;
  const local = countLocal(owner.steps, owner.localMax);
  const behind = Math.max(0, owner.steps.size - owner.localMax) || 0;
  const dispatched: Omit<Dispatched, "key"> = {
    call: CALLS[work.kind as keyof typeof CALLS],
    reference,
    args: work.args,
    name,
    timeoutMs,
    retry,
    gate: gate ? { key: gate.key, weight: gate.weight, ...gate.limits } : null,
    behindMs: behind * DISPATCH_STEP_BACK_MS,
  };
  return { ...request, dispatch: { isDue: local >= owner.localMax, args: dispatched } };
}

/** Counts the steps that run here, up to `max`. */
function countLocal(steps: ReadonlyMap<number, OpenStep>, max: number): number {
  let local = 0;
  for (const step of steps.values()) {
    if (!isOutside(step)) local += 1;
    if (local >= max) break;
  }
  return local;
}
