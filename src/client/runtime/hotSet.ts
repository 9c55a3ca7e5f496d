/**
 * The hot workflows of an executor, always in order.
 *
 * Owns the one list that every part walks, oldest first (D11). Kept sorted on insertion,
 * since it is walked many times between two changes.
 */
import { compareCandidates } from "../../shared/order.js";
import type { HotWorkflow } from "./hot.js";

export class HotSet {
  readonly #byId = new Map<string, HotWorkflow>();
  readonly #sorted: HotWorkflow[] = [];

  get size(): number {
    return this.#sorted.length;
  }

  /** Bytes that all of them keep in memory for the engine. */
  get bytes(): number {
    return this.#sorted.reduce((sum, hot) => sum + hot.bytes, 0);
  }

  /** The workflows, oldest first: a copy, so that a walk may add and delete. */
  list(): HotWorkflow[] {
    return [...this.#sorted];
  }

  get(workflow: string): HotWorkflow | undefined {
    return this.#byId.get(workflow);
  }

  /** Whether it is this very one that is hot. */
  has(hot: HotWorkflow): boolean {
    return this.get(hot.identity.workflow) === hot;
  }

  add(hot: HotWorkflow): void {
    const before = this.get(hot.identity.workflow);
    if (before) this.delete(before);
    this.#byId.set(hot.identity.workflow, hot);
    // Newcomers are the youngest, nearly always: look for the place from the end.
    let place = this.#sorted.length;
    while (place > 0 && isBefore(hot, this.#sorted[place - 1])) place -= 1;
    this.#sorted.splice(place, 0, hot);
  }

  /** Ends a workflow whose claim is gone, and lets go of it: one without the other is stuck. */
  drop(hot: HotWorkflow, reason: string): void {
    hot.abort(reason);
    this.delete(hot);
  }

  /** Lets go of this very one: its workflow may be hot again already. */
  delete(hot: HotWorkflow): void {
    if (this.get(hot.identity.workflow) !== hot) return;
    this.#byId.delete(hot.identity.workflow);
    this.#sorted.splice(this.#sorted.indexOf(hot), 1);
  }
}

function isBefore(hot: HotWorkflow, other: HotWorkflow | undefined): boolean {
  return other !== undefined && compareCandidates(hot.identity, other.identity) < 0;
}
