/**
 * Starts steps and takes what becomes of them.
 *
 * Owns slots, permits and the due times of waiting steps. What starts is decided by
 * `planSlots` and `computeBackoffMs`; this reads, asks and acts.
 */
import {
  HOT_WAIT_MS_MAX,
  OVERLOAD_PAUSE_MS,
  RESPONSES_KEPT,
  STEP_DURATIONS_KEPT,
} from "../../shared/constants.js";
import type { ProviderLimits } from "../../shared/limits.js";
import { measureValue } from "../../shared/sizes.js";
import { computeBackoffMs } from "../../shared/retry.js";
import { planSlots, type Permitted } from "../../shared/slots.js";
import { runAttempt, type AttemptEnd } from "./attempt.js";
import { passMarked, passStep } from "./gates.js";
import { closeGate, takeReport } from "./limitReports.js";
import type { HotWorkflow } from "./hot.js";
import type { HotView } from "./hotViews.js";
import type { OpenStep } from "./openStep.js";
import { backOff, countAttempt, refuse, resolveReady } from "./openSteps.js";
import { real } from "./sandbox.js";
import { resolvePermit, SlotDemands } from "./slotDemands.js";
import { pause, type ExecutorState } from "./state.js";
import { someStep } from "./stepStates.js";

export class Starter {
  readonly #permitsHeld: Record<Permitted, number> = { query: 0, mutation: 0, action: 0 };
  /** Those of which a step is to be started, or timed, whatever the plan says. */
  readonly #untended: HotView;
  readonly #demands: SlotDemands;

  constructor(private readonly state: ExecutorState) {
    const { hots, gates } = state;
    this.#untended = hots.view((hot) =>
      someStep(hot.steps, (step) => isUntended(hot, step)),
    );
    this.#demands = new SlotDemands(hots, gates);
  }

  /** Starts every step that may start now, and counts the slots left for `waiting` others. */
  start(waiting: number): void {
    const { state } = this;
    for (const hot of this.#untended.list()) this.#tend(hot);
    const demands = this.#demands.list();
    const permits = this.#countPermits();
    const { held } = this.#demands;
    const plan = planSlots(demands, { slots: state.slots, held, permits, waiting });
    state.free = plan.free;
    state.lent = plan.lent;
    for (const { index, number } of plan.starts) {
      const hot = demands[index]?.hot;
      const step = hot?.steps.get(number);
      if (!hot || !step || state.mode !== "serving") continue;
      const isUnmarked = step.request.atMostOnce && step.attempts === 0;
      if (isUnmarked) {
        passMarked(state, hot, step);
        hot.log.push(countAttempt(step, "marking"));
      } else this.#startStep(hot, step);
    }
  }

  /**
   * Starts what a commit has marked, which has its slot even if the executor leaves (P10),
   * and arms a timer for each step that waits, once per wait (D5).
   */
  #tend(hot: HotWorkflow): void {
    for (const step of hot.steps.values()) {
      if (!isUntended(hot, step)) continue;
      if (step.phase === "marked") this.#startStep(hot, step);
      else this.#watchWait(hot, step);
    }
  }

  #startStep(hot: HotWorkflow, step: OpenStep): void {
    const permit = resolvePermit(step);
    if (permit) this.#permitsHeld[permit] += 1;
    passStep(this.state, step);
    step.phase = "running";
    this.state.running += 1;
    const startedAt = real.now();
    const deps = {
      backend: this.state.backend,
      timers: this.state.timers,
      sleep: async (ms: number) => await pause(this.state, ms),
      reportLimits: (limits: ProviderLimits) =>
        takeReport(this.state, hot, step, { limits, startedAt }),
    };
    void runAttempt(deps, hot, step)
      .finally(() => {
        this.state.running -= 1;
        if (permit) this.#permitsHeld[permit] -= 1;
        const tookMs = real.now() - startedAt;
        if (step.request.gate) this.state.gates.release(step.request.gate, tookMs);
        this.#noteDuration(tookMs);
      })
      .then((end) => {
        this.#noteResponse(end);
        this.#take(hot, step, end, startedAt);
      })
      // Attempts answer every failure; what reaches this is a defect of ours. The claims go
      // back to the queues when the seat is taken over.
      .catch(() => (this.state.mode = "gone"))
      .finally(() => {
        this.state.activeAt = real.now();
        this.state.signal.notify();
      });
  }

  /** Decides what follows from an attempt: a turn, another attempt, or nothing. */
  #take(hot: HotWorkflow, step: OpenStep, end: AttemptEnd, startedAt: number): void {
    if (hot.isDead || hot.isEnding || step.phase !== "running") return;
    if (end.kind === "lost") {
      return this.state.hots.drop(hot, "The claim on this workflow is gone.");
    }
    if (end.kind === "overloaded")
      return this.#putOff(step, real.now() + OVERLOAD_PAUSE_MS);
    const { outcome } = end;
    if (outcome.kind === "failed" && !end.isRecorded) {
      const { error } = outcome;
      const refusedForMs = closeGate(this.state, hot, step, { error, startedAt });
      if (refusedForMs !== null) {
        const isFar = refusedForMs > HOT_WAIT_MS_MAX;
        const dueAt = end.settledAt + (isFar ? refusedForMs : 0);
        refuse(step, end.settledAt, dueAt);
        return hot.log.addRetry(step, dueAt, error);
      }
      const failures = step.failures + 1;
      const attempt = { ...error, failures };
      const backoffMs = computeBackoffMs(step.request.retry, attempt, real.random());
      if (backoffMs !== null) {
        const dueAt = end.settledAt + backoffMs;
        backOff(step, end.settledAt, dueAt);
        return hot.log.addRetry(step, dueAt, error);
      }
    }
    hot.settle({ number: step.number, ...end });
  }

  #countPermits(): Record<Permitted, number> {
    const { permits } = this.state;
    return {
      query: permits.query - this.#permitsHeld.query,
      mutation: permits.mutation - this.#permitsHeld.mutation,
      action: permits.action - this.#permitsHeld.action,
    };
  }

  /** Overload is the platform's trouble, not the step's: no attempt is counted (D7). */
  #putOff(step: OpenStep, dueAt: number): void {
    step.overloads += 1;
    step.phase = "waiting";
    step.dueAt = dueAt;
    step.abort = undefined;
  }

  #watchWait(hot: HotWorkflow, step: OpenStep): void {
    step.isTimed = true;
    this.state.timers.schedule(step.dueAt ?? 0, () => {
      step.isTimed = false;
      const isOver = hot.isDead || hot.isEnding;
      if (step.phase === "waiting" && !isOver) endWait(hot, step);
      this.state.activeAt = real.now();
      this.state.signal.notify();
    });
  }

  /** What steps have answered is what the next are expected to (P14). */
  #noteResponse(end: AttemptEnd): void {
    if (end.kind !== "settled") return;
    const { responses } = this.state;
    responses.push(measureValue(end.outcome).bytes);
    if (responses.length > RESPONSES_KEPT) responses.shift();
  }

  #noteDuration(durationMs: number): void {
    const { durationsMs } = this.state;
    durationsMs.push(durationMs);
    if (durationsMs.length > STEP_DURATIONS_KEPT) durationsMs.shift();
  }
}

/** A sleep is over; a backoff makes its step ready. */
function endWait(hot: HotWorkflow, step: OpenStep): void {
  if (step.request.kind !== "sleep") {
    step.phase = resolveReady(step);
    return;
  }
  const outcome = { kind: "completed" as const, value: null };
  const settledAt = Math.max(real.now(), step.dueAt ?? 0);
  hot.settle({ number: step.number, outcome, settledAt, isRecorded: false });
}

/**
 * Whether a step is marked and not started, or waits and nobody times it. The latter not
 * before the workflow is claimed: until its replay is over and recorded, every open step
 * looks like one that waits, and it would start without a claim, and without being counted.
 */
function isUntended(hot: HotWorkflow, { phase, isTimed }: OpenStep): boolean {
  if (hot.isEnding) return false; // nobody decides any more how its open steps go on
  return phase === "marked" || (phase === "waiting" && !isTimed && hot.claim !== null);
}
