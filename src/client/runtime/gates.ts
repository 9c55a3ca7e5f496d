/**
 * Trades at gates for one executor (P15).
 *
 * Owns when a trade goes and what it says; the book it keeps is `GateBook`. A gate at which
 * nobody waits, and where nothing is to be given back, costs nothing.
 */
import {
  GATE_AHEAD_MS,
  GATE_GROUPS_MAX,
  GATE_POLL_MS_MAX,
  GATE_REFUSALS_MAX,
  GATE_TRADE_MS,
  GATES_PER_TRADE,
} from "../../shared/constants.js";
import { groupWaiters } from "../../shared/gateRuns.js";
import type { GateUse } from "../../shared/gates.js";
import type { Trade, Traded } from "../../component/gateTrading.js";
import type { SerializedError } from "../../shared/thrown.js";
import type { GateBook, LocalGate } from "./gateBook.js";
import type { HotWorkflow } from "./hot.js";
import type { OpenStep } from "./model.js";
import { real } from "./sandbox.js";
import { noteMembership, type ExecutorState } from "./state.js";

export class Gates {
  #isTrading = false;

  constructor(private readonly state: ExecutorState) {}

  /** Begins a round of the loop: whoever waits is named again in it. */
  openRound(): void {
    this.state.gates.openRound(real.now());
    const { passing, gates } = this.state;
    for (const [owner, { use, isOver }] of passing) {
      if (!isOver()) continue;
      passing.delete(owner);
      gates.release(use);
    }
  }

  /** Trades at the gates that are due. */
  trade(): void {
    const { state } = this;
    if (state.mode === "gone") return;
    const now = real.now();
    const due: { gate: LocalGate; trade: Trade }[] = [];
    for (const gate of state.gates.list()) {
      if (state.mode !== "serving") this.#stopWaiting(gate);
      if (gate.nextDueAt !== null && gate.nextDueAt > now) {
        state.alarm.set(gate.nextDueAt);
      }
      gate.noteWaiting(now);
      if (gate.waiters.size === 0 && !gate.hasNews) continue;
      if (this.#isTrading || due.length >= GATES_PER_TRADE) continue;
      if (now < gate.tradeAt) state.alarm.set(gate.tradeAt);
      else due.push({ gate, trade: this.#describe(gate) });
    }
    if (due.length > 0) this.#send(due, now);
  }

  /** An executor that leaves starts nothing any more, but still gives back what ends. */
  #stopWaiting(gate: LocalGate): void {
    gate.waiters.clear();
    gate.giveBackAll();
  }

  #describe(gate: LocalGate): Trade {
    const uncovered = gate.listUncovered();
    const { slots, running } = this.state;
    // More than there are slots for would be granted in vain.
    const asked = uncovered.slice(0, Math.max(1, slots - running));
    return {
      key: gate.key,
      declared: gate.declared,
      by: gate.declaredBy,
      seen: gate.granted,
      released: gate.released,
      waiting: groupWaiters(asked, GATE_GROUPS_MAX),
      count: gate.waiters.size,
    };
  }

  #send(due: { gate: LocalGate; trade: Trade }[], now: number): void {
    const { state } = this;
    this.#isTrading = true;
    for (const { gate, trade } of due) {
      gate.tradeAt = now + GATE_TRADE_MS;
      gate.isUnsure ||= trade.waiting.length > 0;
    }
    void this.#sendAndLearn(due)
      .catch(() => undefined) // a trade may be repeated; the next one says the same and more
      .finally(() => {
        this.#isTrading = false;
        state.signal.notify();
      });
  }

  async #sendAndLearn(due: { gate: LocalGate; trade: Trade }[]): Promise<void> {
    const { state } = this;
    const answer = await state.backend.trade(due.map(({ trade }) => trade));
    noteMembership(state, answer.membership);
    if (answer.membership === "none") return;
    const now = real.now();
    for (const [index, { gate, trade }] of due.entries()) {
      const traded = answer.trades[index];
      if (!traded) continue;
      gate.reported = trade.released;
      gate.learn(traded, now, now - answer.now);
      this.#pace(gate, traded, answer.now);
    }
  }

  /** Asks less often while nothing can pass anyway, and in time for when something can. */
  #pace(
    gate: LocalGate,
    { paused, closedUntil, nextAt }: Traded,
    answeredAt: number,
  ): void {
    const opensInMs = Math.max(closedUntil, nextAt) - answeredAt - GATE_AHEAD_MS;
    if (!paused && opensInMs <= 0) {
      gate.pollMs = GATE_TRADE_MS;
      return;
    }
    const pauseMs = paused ? gate.pollMs : Math.min(gate.pollMs, opensInMs);
    gate.tradeAt = Math.max(gate.tradeAt, real.now() + pauseMs);
    gate.pollMs = Math.min(GATE_POLL_MS_MAX, gate.pollMs * 2);
  }
}

/**
 * Lets a workflow pass its own gate. It holds it by a row of its own once it is claimed, or
 * not at all: another executor was faster, or the claim was never sent.
 */
export function passWorkflow(state: ExecutorState, hot: HotWorkflow, use: GateUse): void {
  if (state.gates.isHeld(use)) {
    hot.log.push({ op: "pass", key: use.key, weight: use.weight });
  }
  const isOver = () => hot.claim !== null || !state.hots.has(hot);
  state.passing.set(hot, { use, isOver });
}

/** Lets a step pass that is marked before it starts: it may be lost in between (P10). */
export function passMarked(state: ExecutorState, hot: HotWorkflow, step: OpenStep): void {
  const { gate } = step.request;
  if (!gate) return;
  state.gates.pass(step, gate);
  state.passing.set(step, { use: gate, isOver: () => !state.hots.has(hot) });
}

/** Lets a step pass that starts; it is given back when the attempt has ended. */
export function passStep(state: ExecutorState, step: OpenStep): void {
  const { gate } = step.request;
  if (!gate) return;
  state.gates.pass(step, gate);
  state.passing.delete(step); // marked, it has passed before
}

/** Whether a step may start but for a slot. One at its gate needs a grant that is due. */
export function isReady(hot: HotWorkflow, step: OpenStep, gates: GateBook): boolean {
  const { gate } = step.request;
  if (step.phase !== "atGate" || !gate || hot.isLeaving || hot.isEnding)
    return step.phase === "ready";
  return gates.offer(step, gate, hot.identity.workflowCreatedAt);
}

/**
 * Closes the gate of a step that was told to stay away, for all executors. Answers for how
 * long, if the step waits there instead of failing; it does not for ever.
 */
export function closeGate(
  state: ExecutorState,
  hot: HotWorkflow,
  step: OpenStep,
  error: SerializedError,
): number | null {
  const { gate, atMostOnce } = step.request;
  const forMs = error.retryAfterMs;
  if (!gate || forMs === undefined || error.nonRetryable) return null;
  state.gates.close(gate, real.now() + forMs);
  hot.log.push({ op: "closeGate", key: gate.key, forMs });
  return !atMostOnce && step.refusals < GATE_REFUSALS_MAX ? forMs : null;
}
