/**
 * What one executor knows of all its gates (P15).
 *
 * Owns which there are, and the limits that the youngest workflow here declares. `Gates`
 * trades; `Starter` and `Claimer` name who waits, in order, and take grants.
 */
import type { GateUse } from "../../shared/gates.js";
import type { ToldLimit } from "../../shared/limits.js";
import { LocalGate } from "./localGate.js";

/** All gates that this executor has ever had to do with. */
export class GateBook {
  readonly #gates = new Map<string, LocalGate>();

  /** Lists the gates. */
  list(): LocalGate[] {
    return [...this.#gates.values()];
  }

  /** Whether somebody waits here. */
  get hasWaiters(): boolean {
    for (const gate of this.#gates.values()) if (gate.waiters.size > 0) return true;
    return false;
  }

  /** Begins a round of the loop: those who wait are named again. */
  openRound(now: number): void {
    for (const gate of this.#gates.values()) gate.openRound(now);
  }

  /**
   * Names somebody who waits at a gate, given oldest first, and answers whether it may pass
   * now; if it does, call `pass` with the same owner.
   */
  offer(owner: object, use: GateUse, createdAt: number): boolean {
    const gate = this.#open(use.key);
    if (createdAt > gate.declaredBy) {
      gate.declared = use.limits;
      gate.declaredBy = createdAt;
    }
    return gate.offer(owner, { createdAt, weight: use.weight });
  }

  /** Names somebody who waits, and lets it pass if it may; answers whether it has. */
  enter(owner: object, use: GateUse, createdAt: number): boolean {
    const mayPass = this.offer(owner, use, createdAt);
    if (mayPass) this.pass(owner, use);
    return mayPass;
  }

  /** Lets somebody pass to whom it was offered. */
  pass(owner: object, { key }: GateUse): void {
    this.#open(key).pass(owner);
  }

  /** Gives back what has passed and ended; a step, so long after it passed. */
  release({ key, weight }: GateUse, tookMs?: number): void {
    this.#open(key).release(weight, tookMs);
  }

  /** Whether what passes this gate is held until it is given back. */
  isHeld({ key }: GateUse): boolean {
    return this.#open(key).isHeld;
  }

  /** Closes a gate here at once; the others learn of it from the next commit. */
  close({ key }: GateUse, untilMs: number): void {
    this.#open(key).close(untilMs);
  }

  /** Until when a gate is closed, as far as it is known here. */
  closedUntil({ key }: GateUse): number {
    return this.#open(key).closedUntil;
  }

  /** Tells a gate what its provider said of its limit. */
  tell({ key }: GateUse, told: ToldLimit): void {
    this.#open(key).tell(told);
  }

  #open(key: string): LocalGate {
    const known = this.#gates.get(key);
    if (known) return known;
    const gate = new LocalGate(key);
    this.#gates.set(key, gate);
    return gate;
  }
}
