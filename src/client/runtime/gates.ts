/**
 * Trades at gates for one executor (P15).
 *
 * Owns when a trade goes and what it says; the books it keeps are `LocalGate`s. A gate at which
 * nobody waits, and where nothing is to be given back, costs nothing.
 */
import {
  GATE_AHEAD_MS_MAX,
  GATE_GROUPS_MAX,
  GATE_HEAR_MS,
  GATE_POLL_MS_MAX,
  GATE_TOOK_MS_MIN,
  GATE_TRADE_MS,
  GATES_PER_TRADE,
} from "../../shared/constants.js";
import { groupWaiters } from "../../shared/gateRuns.js";
import type { GateUse } from "../../shared/gates.js";
import type { ToldLimit } from "../../shared/limits.js";
import type { Trade, TradeAnswer, Traded } from "../../component/gateTradeShapes.js";
import type { HotWorkflow } from "./hot.js";
import type { LocalGate } from "./localGate.js";
import type { OpenStep } from "./openStep.js";
import { real } from "./sandbox.js";
import { computeRideMs, noteMembership, type ExecutorState } from "./state.js";

/** A gate that trades now: what it says, and what it was told of that is said with it. */
export type Due = { gate: LocalGate; trade: Trade; told: ToldLimit | null };

export class Gates {
  #isTrading = false;

  constructor(private readonly state: ExecutorState) {
    state.hots.watch((hot, isHot) => this.#nameWaiters(hot, isHot));
  }

  /** Begins a round of the loop: names who has begun to wait since the last, and who has ceased to. */
  openRound(): void {
    this.state.hots.refresh();
    this.state.gates.openRound(real.now());
    const { passing, gates } = this.state;
    for (const [owner, { use, isOver }] of passing) {
      if (!isOver()) continue;
      passing.delete(owner);
      gates.release(use);
    }
  }

  /** Notes who waits, once all have been named in this round. */
  close(): void {
    const { state } = this;
    if (state.mode === "gone") return;
    const now = real.now();
    for (const gate of state.gates.list()) {
      if (state.mode !== "serving") this.#stopWaiting(gate);
      if (gate.nextDueAt !== null && gate.nextDueAt > now) {
        state.alarm.set(gate.nextDueAt);
      }
      gate.noteWaiting(now);
    }
  }

  /** When the trades that ride have waited long enough for a commit. */
  get rideBy(): number {
    const expectsCommit = computeRideMs(this.state) > 0;
    const times = this.#listTrading().map(({ tradeAt, hearBy, isLed, pollMs }) => {
      if (!isLed) return Infinity;
      // After a pause, what it asked for is about to count no more.
      const hasPaused = pollMs > GATE_TRADE_MS;
      // What is dealt meanwhile is heard of in time; who has begun to wait since is told of then.
      return hasPaused || !expectsCommit ? tradeAt : Math.max(tradeAt, hearBy);
    });
    return Math.min(Infinity, ...times);
  }

  /** Takes those trades that are due and may ride. */
  board(): Due[] {
    return this.#take(({ isLed }) => isLed);
  }

  /** Trades alone at the gates that are due, and have no commit to wait for. */
  trade(): void {
    const due = this.#take(({ isLed }) => !isLed);
    if (due.length === 0) return;
    void this.state.backend
      .trade(due.map(({ trade }) => trade))
      .then((answer) => this.hear(due, answer))
      .catch(() => this.hear(due, null));
  }

  /** Takes in what trades were answered; null if that was not heard. */
  hear(due: Due[], answer: TradeAnswer | null): void {
    this.#isTrading = false;
    // One that was lost may be repeated; the next one says the same and more.
    if (answer) this.#learn(due, answer);
    else for (const { gate } of due) gate.isLed = false; // the next one goes alone
    this.state.signal.notify();
  }

  /** Lists the gates where somebody waits, or something is to be given back. */
  #listTrading(): LocalGate[] {
    const { state } = this;
    if (this.#isTrading || state.mode === "gone") return [];
    return state.gates.list().filter((gate) => gate.waiters.size > 0 || gate.hasNews);
  }

  #take(isMeant: (gate: LocalGate) => boolean): Due[] {
    const now = real.now();
    const due: Due[] = [];
    for (const gate of this.#listTrading().filter(isMeant)) {
      // What a provider has said rides with the very next commit: that one is there anyway.
      const isNews = gate.isLed && gate.told !== null;
      if (now < gate.tradeAt && !isNews) this.state.alarm.set(gate.tradeAt);
      else if (due.length < GATES_PER_TRADE)
        due.push({ gate, trade: this.#describe(gate), told: gate.told });
    }
    for (const { gate, trade } of due) {
      this.#isTrading = true;
      gate.tradeAt = now + GATE_TRADE_MS;
      gate.isUnsure ||= trade.waiting.length > 0;
    }
    return due;
  }

  #nameWaiters(hot: HotWorkflow, isHot: boolean): void {
    const { gates } = this.state;
    for (const step of hot.steps.values()) {
      const { gate } = step.request;
      if (!gate) continue;
      if (isHot && isAtGate(hot, step)) gates.name(step, gate, hot.identity, step.number);
      else gates.withdraw(step, gate);
    }
  }

  /** An executor that leaves starts nothing any more, but still gives back what ends. */
  #stopWaiting(gate: LocalGate): void {
    gate.waiters.clear();
    gate.giveBackAll();
  }

  #describe(gate: LocalGate): Trade {
    const uncovered = gate.listUncovered();
    const { slots, running } = this.state;
    // More than there will be slots for until the next grants come would be granted in vain,
    // and would keep permits from others. Short steps free their slots soon.
    const again = gate.isHeld
      ? 0
      : GATE_TRADE_MS / Math.max(gate.tookMs, GATE_TOOK_MS_MIN);
    const room = slots - running + Math.floor(slots * again);
    const asked = uncovered.slice(0, Math.max(1, room));
    return {
      key: gate.key,
      declared: gate.declared,
      by: gate.declaredBy,
      seen: gate.granted,
      released: gate.released,
      waiting: groupWaiters(asked, GATE_GROUPS_MAX),
      count: gate.waiters.size,
      ...(gate.told ? { told: describeTold(gate.told) } : {}),
    };
  }

  #learn(due: Due[], answer: TradeAnswer): void {
    noteMembership(this.state, answer.membership);
    if (answer.membership === "none") return;
    const now = real.now();
    for (const [index, { gate, trade, told }] of due.entries()) {
      const traded = answer.trades[index];
      gate.isLed = traded?.isLed ?? false;
      if (!traded) {
        gate.tradeAt = now; // alone, and at once
        continue;
      }
      gate.reported = trade.released;
      if (gate.told === told) gate.told = null; // else there is newer
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
    // What is dealt from now on is due then; heard of later, it would be lost.
    gate.hearBy = real.now() + nextAt - answeredAt - GATE_HEAR_MS;
    const opensInMs = Math.max(closedUntil, nextAt) - answeredAt - GATE_AHEAD_MS_MAX;
    if (!paused && opensInMs <= 0) {
      gate.pollMs = GATE_TRADE_MS;
      return;
    }
    const pauseMs = paused ? gate.pollMs : Math.min(gate.pollMs, opensInMs);
    gate.tradeAt = Math.max(gate.tradeAt, real.now() + pauseMs);
    gate.pollMs = Math.min(GATE_POLL_MS_MAX, gate.pollMs * 2);
  }
}

/** As an age: clocks differ. */
function describeTold({ at, ...told }: ToldLimit): NonNullable<Trade["told"]> {
  return { ...told, agoMs: real.now() - at };
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

/** Whether a step waits at its gate. */
export function isAtGate(hot: HotWorkflow, { phase, request }: OpenStep): boolean {
  return phase === "atGate" && !!request.gate && !hot.isLeaving && !hot.isEnding;
}
