/**
 * What one executor knows of all its gates (P15).
 *
 * Owns which there are, and the limits that the youngest workflow here declares. `Gates`
 * trades, and names the steps that wait; `Starter` and `Claimer` take grants, in order.
 */
import type { GateUse } from "../../shared/gates.js";
import type { ToldLimit } from "../../shared/limits.js";
import type { Ordered } from "../../shared/order.js";
import { LocalGate } from "./localGate.js";

export class GateBook {
  /** All gates that this executor has ever had to do with. */
  readonly #gates = new Map<string, LocalGate>();
  /** Those where something goes on; the others cost a round nothing. */
  readonly #awake = new Set<LocalGate>();
  /** Gates where something is due that was not offered to anybody in this round. */
  #due = 0;

  /** Lists the gates where something goes on. */
  list(): LocalGate[] {
    return [...this.#awake];
  }

  /** Whether somebody waits here. */
  get hasWaiters(): boolean {
    for (const gate of this.#awake) if (gate.waiters.size > 0) return true;
    return false;
  }

  /** Whether a grant is due that was not offered to anybody in this round. */
  get hasDue(): boolean {
    return this.#due > 0;
  }

  /** Begins a round of the loop: who called in the last has to call again. */
  openRound(now: number): void {
    this.#due = 0;
    for (const gate of this.#awake) {
      gate.openRound(now);
      if (gate.hasDue) this.#due += 1;
      if (gate.isIdle) this.#awake.delete(gate);
    }
  }

  /** Names a step that waits at a gate until it passes or is withdrawn. */
  name(owner: object, use: GateUse, workflow: Ordered, step: number): void {
    const gate = this.#declare(use, workflow);
    gate.name(owner, { weight: use.weight, workflow, step });
  }

  /** Takes back somebody's name: it does not wait there any more. */
  withdraw(owner: object, { key }: GateUse): void {
    this.#open(key).withdraw(owner);
  }

  /**
   * Offers what is due to somebody who waits, asked oldest first, and answers whether it may
   * pass now; if it does, call `pass` with the same owner.
   */
  offer(owner: object, { key }: GateUse): boolean {
    const gate = this.#open(key);
    const hadDue = gate.hasDue;
    const mayPass = gate.offer(owner);
    if (hadDue && !gate.hasDue) this.#due -= 1;
    return mayPass;
  }

  /** Names a workflow for this round, and lets it pass if it may; answers whether it has. */
  enter(workflow: Ordered, use: GateUse): boolean {
    const gate = this.#declare(use, workflow);
    gate.call(workflow, { weight: use.weight, workflow, step: null });
    const mayPass = this.offer(workflow, use);
    if (mayPass) gate.pass(workflow);
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

  /** Takes the limits that the youngest workflow declares. */
  #declare({ key, limits }: GateUse, { workflowCreatedAt }: Ordered): LocalGate {
    const gate = this.#open(key);
    if (workflowCreatedAt > gate.declaredBy) {
      gate.declared = limits;
      gate.declaredBy = workflowCreatedAt;
    }
    return gate;
  }

  #open(key: string): LocalGate {
    const gate = this.#gates.get(key) ?? new LocalGate(key);
    this.#gates.set(key, gate);
    this.#awake.add(gate);
    return gate;
  }
}
