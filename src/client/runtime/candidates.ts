/**
 * The workflows that an executor could claim, oldest first.
 *
 * Owns the list, and who in it waits at a gate: such a workflow stands in its queue, may be
 * canceled there any time, and is passed by those that go elsewhere (P15).
 */
import type { GateUse } from "../../shared/gates.js";
import { compareCandidates } from "../../shared/order.js";
import type { GateBook } from "./gateBook.js";
import type { Candidate } from "./model.js";

export class Candidates {
  #list: Candidate[] = [];
  #at = 0;

  /** How many there are. */
  get size(): number {
    return this.#list.length;
  }

  /** Lists the workflows that only wait for a slot; the others wait at their gates. */
  listUngated(): string[] {
    return this.#listUngated().map(({ workflow }) => workflow);
  }

  #listUngated(): Candidate[] {
    return this.#list.filter((one) => !gateOf(one));
  }

  /** How many only wait for a slot, and how many at their gates. */
  get ungated(): number {
    return this.#listUngated().length;
  }

  get gated(): number {
    return this.#list.length - this.ungated;
  }

  /** Lets go of all; they are still in their queues. */
  clear(): void {
    this.#list = [];
  }

  /**
   * Adds what a scan has found, where those at gates are found again, or were canceled
   * meanwhile. Answers whether any of them is new.
   */
  adopt(found: Candidate[]): boolean {
    const before = new Set(this.#list.map(({ workflow }) => workflow));
    this.#list = [...this.#listUngated(), ...found].sort(compareCandidates);
    return found.some(({ workflow }) => !before.has(workflow));
  }

  /** Lets go of those that do not pass a test. */
  keep(isKept: (one: Candidate) => boolean): void {
    this.#list = this.#list.filter(isKept);
  }

  /** Goes back to the oldest, and answers it. */
  first(): Candidate | undefined {
    this.#at = 0;
    return this.#list[0];
  }

  /** Leaves the present one where it is, and answers the next. */
  skip(): Candidate | undefined {
    this.#at += 1;
    return this.#list[this.#at];
  }

  /** Takes the present one out, and answers the next. */
  take(): Candidate | undefined {
    this.#list.splice(this.#at, 1);
    return this.#list[this.#at];
  }
}

/** Says whether a workflow has to wait at its gate; if not, it has passed it. */
export function mustWait(gates: GateBook, candidate: Candidate): boolean {
  const use = gateOf(candidate);
  return use !== undefined && !gates.enter(candidate, use, candidate.workflowCreatedAt);
}

/** The gate that a workflow passes before it begins. */
function gateOf(candidate: Candidate): GateUse | undefined {
  return candidate.kind === "task" ? candidate.gate : undefined;
}
