/**
 * The steps of one hot workflow that have not been delivered.
 *
 * Owns the phases of a step, from its creation or its journal row to its settlement; see
 * `OpenStep`. What a phase leads to is the starter's business.
 */
import type { Value } from "convex/values";
import type { Operation } from "../../shared/commit.js";
import { HOT_WAIT_MS_MAX } from "../../shared/constants.js";
import { isSettledOutside, STEP_DEFINITION, type Outcome } from "../../shared/model.js";
import { copyValue } from "../../shared/outcomes.js";
import { deserializeError } from "../../shared/thrown.js";
import type { JournalRow, Settlement, StepRequest } from "./model.js";
import { OpenStep } from "./openStep.js";
import { computeDueAt } from "./startTimes.js";
import { isOutside } from "./stepStates.js";
import { createStepPromise } from "./stepPromise.js";
import { outcomeUnknown } from "./verdicts.js";

/**
 * Makes a step, asked for at the time of its world, and the promise its handler waits for.
 * Its row counts the first attempt, unless a later holder starts it, or a commit of its own marks it (P10).
 */
export function createOpenStep(
  number: number,
  asked: StepRequest,
  { isLeaving, nowMs, onStir }: { isLeaving: boolean; nowMs: number; onStir: () => void },
  row: JournalRow | undefined,
): { step: OpenStep; promise: Promise<Value> } {
  const request = chooseWork(asked, row);
  const { promise, resolve, reject } = createStepPromise();
  const dueAt = computeDueAt(request.start, nowMs);
  // A child or an isolated action is told when to start; who waits for it needs no timer.
  const isFar = !isSettledOutside(request) && isFarFrom(nowMs, dueAt);
  const step = new OpenStep(
    {
      number,
      request,
      attempts: isLeaving || request.atMostOnce || isFar ? 0 : 1,
      dueAt,
      isFar,
      resolve,
      reject,
      wasAwaited: () => promise.wasAwaited,
    },
    onStir,
  );
  return { step, promise };
}

/** Says whether a wait is too long to be kept in memory (D5). */
function isFarFrom(nowMs: number, dueAt: number | undefined): boolean {
  return dueAt !== undefined && dueAt - nowMs > HOT_WAIT_MS_MAX;
}

/** Gives a step the progress that its row has recorded. */
export function adoptRow(step: OpenStep, row: JournalRow): void {
  step.attempts = row.attempts;
  step.failures = row.failures;
  step.refusals = row.refusals ?? 0;
  step.dueAt = row.dueAt;
  step.isFar = row.isFar ?? false;
  step.phase = row.outcome ? "settled" : "waiting";
}

/** Gives a step's outcome to the handler that waits for it. */
export function handOut(step: OpenStep, outcome: Outcome): void {
  if (outcome.kind === "failed") return step.reject(deserializeError(outcome.error));
  const value = copyValue(outcome.value);
  const { check } = step.request;
  try {
    step.resolve(check ? (check(value) as Value) : value);
  } catch (thrown) {
    step.reject(thrown as Error);
  }
}

/** Notes that an attempt has failed and the next one starts at `dueAt` (D5). */
export function backOff(step: OpenStep, nowMs: number, dueAt: number): void {
  step.phase = "recording";
  step.abort = undefined;
  step.failures += 1;
  step.refusals = 0;
  step.overloads = 0; // they are counted in a row
  step.dueAt = dueAt;
  step.isFar = isFarFrom(nowMs, dueAt);
  // After a far wait the attempt is counted when it begins, whoever begins it.
  if (!step.isFar) step.attempts += 1;
}

/**
 * Notes that an attempt was refused with `retry-after`: the next one waits at the closed gate,
 * from `dueAt` on, or cold until then if that is far.
 * It is no failure of the step, which has done nothing wrong but come too early (P15).
 */
export function refuse(step: OpenStep, nowMs: number, dueAt: number): void {
  const { failures, refusals } = step;
  backOff(step, nowMs, dueAt);
  step.failures = failures;
  step.refusals = refusals + 1;
}

/** Says where a step waits that may start: at its gate, or for a slot. */
export function resolveReady({ request }: OpenStep): "atGate" | "ready" {
  return request.gate ? "atGate" : "ready";
}

/**
 * Decides how an open step goes on after a replay. An attempt that was interrupted is made
 * again, and counted before it is: the operation to record, if so. One that may run only
 * once and was marked is settled as unknown; one that was not marked simply starts (P10).
 */
export function resumeStep(
  step: OpenStep,
  nowMs: number,
): { record: Operation } | { settle: Settlement } | null {
  const { kind, atMostOnce } = step.request;
  if (isOutside(step)) {
    step.phase = "outside";
    return null;
  }
  // No near wait is longer: one that seems so was noted before the clock was set back.
  const latest = nowMs + HOT_WAIT_MS_MAX;
  if (step.dueAt !== undefined && step.dueAt > latest) step.dueAt = latest;
  const isInBackoff = step.dueAt !== undefined && step.dueAt > nowMs;
  if (kind === "sleep" || isInBackoff) return null;
  if (atMostOnce) return step.attempts > 0 ? { settle: unknown(step, nowMs) } : null;
  return { record: countAttempt(step, "recording") };
}

/** Begins the attempt whose far wait a timer has ended: the operation to record, if any. */
export function endFarWait(step: OpenStep): Operation | null {
  if (step.phase !== "outside" || !step.isFar) return null;
  step.isFar = false;
  step.dueAt = undefined;
  if (!step.request.atMostOnce) return countAttempt(step, "recording");
  step.phase = "waiting"; // for no time at all; it is marked once it has a slot
  return null;
}

/** Leaves such a wait to a timer: the operation to record. The attempt after it is not counted yet. */
export function deferWait(step: OpenStep, dueAt: number): Operation {
  const isCounted = step.request.kind !== "sleep" && step.attempts > 0;
  if (isCounted) step.attempts -= 1;
  step.isFar = true;
  step.phase = "outside";
  return { op: "defer", number: step.number, attempts: step.attempts, dueAt };
}

/** Counts an attempt that is about to begin: the operation to record before it does (P10). */
export function countAttempt(step: OpenStep, phase: "recording" | "marking"): Operation {
  step.attempts += 1;
  step.dueAt = undefined;
  step.phase = phase;
  return { op: "restart", number: step.number, attempts: step.attempts };
}

function unknown({ number, request }: OpenStep, settledAt: number): Settlement {
  const outcome = { kind: "failed" as const, error: outcomeUnknown(request.name) };
  return { number, outcome, settledAt, isRecorded: false };
}

/** Moves steps on whose row, or next attempt, is durable now. */
export function acknowledgeSteps(
  steps: ReadonlyMap<number, OpenStep>,
  operations: readonly Operation[],
  nowMs: number,
): void {
  for (const operation of operations) {
    const isStart = operation.op === "step" || operation.op === "retry";
    if (!isStart && operation.op !== "restart") continue;
    const step = steps.get(operation.number);
    if (step?.phase === "recording") step.phase = resolvePhase(step, nowMs);
    if (step?.phase === "marking") step.phase = "marked";
  }
}

function resolvePhase(step: OpenStep, nowMs: number): OpenStep["phase"] {
  if (isOutside(step)) return "outside";
  const isDue = step.dueAt === undefined || step.dueAt <= nowMs;
  return step.request.kind === "sleep" || !isDue ? "waiting" : resolveReady(step);
}

/** Aborts the attempts that run; what they would still answer is ignored. */
export function interruptSteps(
  steps: ReadonlyMap<number, OpenStep>,
  reason: string,
): void {
  const error = new Error(reason);
  error.name = "AbortError";
  for (const step of steps.values()) step.abort?.(error);
}

/** Chooses where a step runs: where its row says, or else where it is due to. */
function chooseWork(request: StepRequest, row: JournalRow | undefined): StepRequest {
  const { dispatch, ...rest } = request;
  const isDispatched = row ? row.kind === "workflow" : dispatch?.isDue;
  if (!dispatch || !isDispatched) return rest;
  const { args } = dispatch;
  // Its step passes the gate, not the workflow around it.
  const child = { definition: STEP_DEFINITION, args, limits: {}, gate: undefined };
  const work = { kind: "workflow", ...child } as const;
  return { ...rest, kind: "workflow", work, retry: null };
}
