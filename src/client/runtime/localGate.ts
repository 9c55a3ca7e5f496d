/**
 * One gate as an executor sees it (P15).
 *
 * Owns grants in hand, who waits, what was told of the provider's limit, and the two counters
 * that a trade reports: weight granted and weight given back, both ever. Times are this
 * executor's own.
 *
 * Invariants:
 * - B1 A grant is used when it is due, and at most GATE_LATE_MS later, or given back.
 * - B2 Whatever passes is given back once, when it has ended.
 */
import {
  GATE_LATE_MS,
  GATE_LINGER_MS,
  GATE_TOOK_SHARE,
  GATE_TRADE_MS,
} from "../../shared/constants.js";
import { expandRuns, takeLast } from "../../shared/gateRuns.js";
import type { GateLimits } from "../../shared/gates.js";
import { pickNewest, type ToldLimit } from "../../shared/limits.js";
import type { Traded } from "../../component/gateTradeShapes.js";
import { compareWaiters, type Waiter } from "./gateWaiters.js";

/** A grant in hand. */
type Grant = { dueAt: number; expiresAt: number; weight: number };

/** One gate as this executor sees it. */
export class LocalGate {
  /** The limits that the youngest workflow here declares, and when that was created. */
  declared: GateLimits = {};
  declaredBy = -1;
  /** Weight granted and given back, ever; and how much of the latter a trade has told. */
  granted = 0;
  released = 0;
  reported = 0;
  /** How long what passes takes, about, in milliseconds. */
  tookMs = GATE_TRADE_MS;
  /** Whether a trade went out whose answer was not heard: it may have been granted something. */
  isUnsure = false;
  /** Whether what passes is held until it is given back. */
  isHeld = false;
  /** Whether another executor allocates: then a trade may ride with a commit. */
  isLed = false;
  paused = false;
  closedUntil = 0;
  /** Until when it was closed from here: what was answered may not know of that yet. */
  #closedHereUntil = 0;
  /** What was told of the provider's limit since the last trade that was answered. */
  told: ToldLimit | null = null;
  /** When the first grant may be due that was dealt since the last trade. */
  hearBy = 0;
  /** When it may trade next, and how long it last paused while nothing could pass. */
  tradeAt = 0;
  pollMs = GATE_TRADE_MS;
  /** Who waits. */
  readonly waiters = new Map<object, Waiter>();
  /** Those of them that wait in this round of the loop alone. */
  readonly #callers = new Set<object>();
  #wasWaiting = false;
  #grants: Grant[] = [];
  #version: number | null = null;
  /** Weight that is due and not yet offered in this round. */
  #due = 0;

  constructor(readonly key: string) {}

  /** Begins a round: forgets who called in the last, gives back what was not used in time (B1). */
  openRound(now: number): void {
    for (const owner of this.#callers) this.waiters.delete(owner);
    this.#callers.clear();
    const kept = this.#grants.filter(({ expiresAt }) => expiresAt > now);
    if (kept.length < this.#grants.length) this.#keep(kept);
    this.#due = sumOf(this.#grants.filter(({ dueAt }) => dueAt <= now));
  }

  /** Names somebody who waits until it passes or is withdrawn. */
  name(owner: object, waiter: Waiter): void {
    this.waiters.set(owner, waiter);
  }

  /** Names somebody who waits in this round alone. */
  call(owner: object, waiter: Waiter): void {
    this.waiters.set(owner, waiter);
    this.#callers.add(owner);
  }

  /** Takes back somebody's name: it does not wait any more. */
  withdraw(owner: object): void {
    this.waiters.delete(owner);
  }

  /** Whether something is due that was not offered to anybody in this round. */
  get hasDue(): boolean {
    return this.#due > 0;
  }

  /** Offers what is due to somebody who waits; answers whether it may pass now. */
  offer(owner: object): boolean {
    const waiter = this.waiters.get(owner);
    if (!waiter || this.#due < waiter.weight) return false;
    this.#due -= waiter.weight;
    return true;
  }

  /** Lets somebody pass to whom it was offered in this round. */
  pass(owner: object): void {
    let left = this.waiters.get(owner)?.weight ?? 0;
    this.waiters.delete(owner);
    while (left > 0 && this.#grants[0]) {
      const [first] = this.#grants;
      const used = Math.min(left, first.weight);
      first.weight -= used;
      left -= used;
      if (first.weight === 0) this.#grants.shift();
    }
  }

  /** Gives back the weight of what has ended (B2), so long after it passed. */
  release(weight: number, tookMs?: number): void {
    this.released += weight;
    if (tookMs !== undefined) this.tookMs += (tookMs - this.tookMs) * GATE_TOOK_SHARE;
  }

  /** Puts off the next trade a little when somebody has just begun to wait. */
  noteWaiting(now: number): void {
    const isWaiting = this.waiters.size > 0;
    const hasBegun = isWaiting && !this.#wasWaiting;
    if (hasBegun) this.tradeAt = Math.max(this.tradeAt, now + GATE_LINGER_MS);
    this.#wasWaiting = isWaiting;
  }

  /** Whether something was given back that no trade has told yet, or granted unheard. */
  get hasNews(): boolean {
    return this.released > this.reported || this.isUnsure;
  }

  /** Whether nobody waits, nothing is in hand, and no trade has anything to tell. */
  get isIdle(): boolean {
    const isQuiet = this.waiters.size === 0 && !this.#wasWaiting && !this.hasNews;
    return isQuiet && this.#grants.length === 0;
  }

  /** When the next grant is due that somebody waits for; null if none is in hand. */
  get nextDueAt(): number | null {
    return this.waiters.size > 0 ? (this.#grants[0]?.dueAt ?? null) : null;
  }

  /**
   * Lists those who wait and have no grant in hand yet, oldest first, and gives back grants
   * that nobody waits for.
   */
  listUncovered(): { createdAt: number; weight: number }[] {
    const waiters = [...this.waiters.values()].sort(compareWaiters);
    let inHand = sumOf(this.#grants);
    const uncovered = waiters.filter(({ weight }) => {
      if (weight > inHand) return true;
      inHand -= weight;
      return false;
    });
    this.#giveBackLast(inHand);
    return uncovered.map(({ weight, workflow }) => ({
      createdAt: workflow.workflowCreatedAt,
      weight,
    }));
  }

  /** Takes what the newest request was told of the limit. */
  tell(told: ToldLimit): void {
    this.told = pickNewest(this.told, told);
  }

  /** Gives back all grants in hand: nobody here may pass any more. */
  giveBackAll(): void {
    this.#keep([]);
  }

  /** Closes it from here until a time, for what is in hand too. */
  close(untilMs: number): void {
    this.#closedHereUntil = Math.max(this.#closedHereUntil, untilMs);
    this.#shut(Math.max(this.closedUntil, untilMs));
  }

  #shut(untilMs: number): void {
    this.closedUntil = untilMs;
    this.#keep(this.#grants.filter(({ dueAt }) => dueAt >= untilMs));
  }

  /** Takes in the answer of a trade; `shiftMs` turns its times into this executor's. */
  learn(traded: Traded, now: number, shiftMs: number): void {
    const isChanged = this.#version !== null && this.#version !== traded.version;
    if (isChanged || traded.paused) this.giveBackAll();
    if (isChanged) this.#closedHereUntil = 0; // whoever changed it has the last word
    this.#version = traded.version;
    this.isUnsure = false;
    this.paused = traded.paused;
    this.isHeld = traded.isHeld;
    this.#take(traded, now, shiftMs);
    const toldUntil = traded.closedUntil === 0 ? 0 : traded.closedUntil + shiftMs;
    this.closedUntil = Math.max(toldUntil, this.#closedHereUntil);
    if (this.closedUntil > now) this.#shut(this.closedUntil);
  }

  /** Takes grants it has not seen, whatever answer they were in first. */
  #take(traded: Traded, now: number, shiftMs: number): void {
    const fresh = traded.granted - this.granted;
    if (fresh <= 0) return;
    this.granted = traded.granted;
    if (traded.grantVersion !== traded.version || traded.paused) {
      return this.release(fresh);
    }
    const grants = expandRuns(takeLast(traded.runs, fresh)).map(({ dueAt, weight }) => ({
      dueAt: dueAt + shiftMs,
      expiresAt: dueAt + shiftMs + GATE_LATE_MS,
      weight,
    }));
    this.release(fresh - sumOf(grants)); // what limits of another version granted is void
    this.#grants.push(...grants);
    this.#grants.sort((a, b) => a.dueAt - b.dueAt);
    this.#keep(this.#grants.filter(({ expiresAt }) => expiresAt > now));
  }

  #keep(grants: Grant[]): void {
    this.release(sumOf(this.#grants) - sumOf(grants));
    this.#grants = grants;
  }

  #giveBackLast(weight: number): void {
    let left = weight;
    while (left > 0) {
      const last = this.#grants.at(-1);
      if (!last) return;
      const given = Math.min(left, last.weight);
      last.weight -= given;
      left -= given;
      this.release(given);
      if (last.weight === 0) this.#grants.pop();
    }
  }
}

function sumOf(grants: readonly Grant[]): number {
  return grants.reduce((sum, { weight }) => sum + weight, 0);
}
