/**
 * What bodies of steps were told of a provider's limits (P15).
 *
 * Owns what becomes of a report, and of a refusal: the gate learns what it said with the next
 * trade, and is closed for all with the next commit. Neither costs a transaction of its own.
 */
import { GATE_CLOSE_GRAIN_MS, GATE_REFUSALS_MAX } from "../../shared/constants.js";
import { resolveLimitReport, type ProviderLimits } from "../../shared/limits.js";
import type { SerializedError } from "../../shared/thrown.js";
import type { HotWorkflow } from "./hot.js";
import type { OpenStep } from "./openStep.js";
import { real } from "./sandbox.js";
import type { ExecutorState } from "./state.js";

/** Takes a report of an attempt that began at `startedAt`; one that comes late is as good. */
export function takeReport(
  state: ExecutorState,
  hot: HotWorkflow,
  step: OpenStep,
  { limits, startedAt }: { limits: ProviderLimits; startedAt: number },
): void {
  const { gate } = step.request;
  if (!gate) return;
  const now = real.now();
  const report = resolveLimitReport(limits, { now, sentAt: startedAt });
  if (report.told) state.gates.tell(gate, report.told);
  if (report.closeForMs === null) return;
  close(state, hot, step, { forMs: report.closeForMs, sentAt: report.sentAt });
  state.signal.notify();
}

/**
 * Closes the gate of a step that was told to stay away, for all executors. Answers for how
 * long, if the step waits there instead of failing; it does not for ever.
 */
export function closeGate(
  state: ExecutorState,
  hot: HotWorkflow,
  step: OpenStep,
  { error, startedAt }: { error: SerializedError; startedAt: number },
): number | null {
  const { gate, atMostOnce } = step.request;
  const forMs = error.retryAfterMs;
  if (!gate || forMs === undefined || error.nonRetryable) return null;
  close(state, hot, step, { forMs, sentAt: startedAt });
  return !atMostOnce && step.refusals < GATE_REFUSALS_MAX ? forMs : null;
}

/** Of many refusals at once, the first tells the others. */
function close(
  state: ExecutorState,
  hot: HotWorkflow,
  step: OpenStep,
  { forMs, sentAt }: { forMs: number; sentAt: number },
): void {
  const { gate } = step.request;
  if (!gate || hot.isDead || hot.isEnding) return;
  const now = real.now();
  const isKnown = now + forMs < state.gates.closedUntil(gate) + GATE_CLOSE_GRAIN_MS;
  state.gates.close(gate, now + forMs);
  if (isKnown) return;
  hot.log.push({ op: "closeGate", key: gate.key, forMs, tookMs: now - sentAt });
}
