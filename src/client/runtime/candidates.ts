/**
 * The candidates of the last scans, oldest first, and the bytes that their arguments take.
 *
 * Some of them wait at a gate (P15): such a workflow stands in its queue, may be canceled
 * there any time, and is passed by those that go elsewhere.
 */
import type { GateUse } from "../../shared/gates.js";
import { compareCandidates } from "../../shared/order.js";
import { measureValue } from "../../shared/sizes.js";
import type { GateBook } from "./gateBook.js";
import type { Candidate } from "./model.js";

export class Candidates {
  #list: Candidate[] = [];
  #at = 0;
  /** Bytes of their arguments. */
  bytes = 0;
  /** How many of them wait at a gate. */
  gated = 0;

  get size(): number {
    return this.#list.length;
  }

  /** How many only wait for a slot; the others wait at their gates. */
  get ungated(): number {
    return this.size - this.gated;
  }

  /** Lists the workflows that only wait for a slot. */
  listUngated(): string[] {
    return this.#list.filter((one) => !gateOf(one)).map(({ workflow }) => workflow);
  }

  /** Lists the shards on which tasks stand, and how many, those with most first. */
  listShards(): { shard: number; skip: number }[] {
    const counts = new Map<number, number>();
    for (const { kind, shard } of this.#list)
      if (kind === "task") counts.set(shard, (counts.get(shard) ?? 0) + 1);
    return [...counts]
      .map(([shard, skip]) => ({ shard, skip }))
      .sort((a, b) => b.skip - a.skip);
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
    const [taken] = this.#list.splice(this.#at, 1);
    if (taken) this.#count(taken, -1);
    return this.#list[this.#at];
  }

  /**
   * Adds what a scan has found, where those at gates are found again, or were canceled
   * meanwhile. Answers whether any of them is new.
   */
  adopt(found: readonly Candidate[]): boolean {
    const before = new Set(this.#list.map(({ workflow }) => workflow));
    this.retain((one) => !gateOf(one));
    this.#add(found);
    return found.some(({ workflow }) => !before.has(workflow));
  }

  /** Lets go of all that wait for a slot but the first so many. */
  trim(count: number): void {
    const kept = new Set(this.listUngated().slice(0, count));
    this.retain((one) => gateOf(one) !== undefined || kept.has(one.workflow));
  }

  /** Lets go of all others; says whether there were any. */
  retain(isKept: (candidate: Candidate) => boolean): boolean {
    const before = this.size;
    const kept = this.#list.filter(isKept);
    this.clear();
    this.#add(kept);
    return kept.length < before;
  }

  clear(): void {
    this.#list = [];
    this.bytes = 0;
    this.gated = 0;
  }

  #add(more: readonly Candidate[]): void {
    this.#list = [...this.#list, ...more].sort(compareCandidates);
    for (const one of more) this.#count(one, 1);
  }

  #count(one: Candidate, sign: 1 | -1): void {
    this.bytes += sign * measure(one);
    if (gateOf(one)) this.gated += sign;
  }
}

/** Says whether a workflow has to wait at its gate; if not, it has passed it. */
export function mustWait(gates: GateBook, candidate: Candidate): boolean {
  const use = gateOf(candidate);
  return use !== undefined && !gates.enter(candidate, use);
}

/** Gives back what a workflow has passed that is not opened after all. */
export function turnBack(gates: GateBook, candidate: Candidate): void {
  const use = gateOf(candidate);
  if (use) gates.release(use);
}

/** The gate that a workflow passes before it begins. */
function gateOf(candidate: Candidate): GateUse | undefined {
  return candidate.kind === "task" ? candidate.gate : undefined;
}

function measure(candidate: Candidate): number {
  return candidate.kind === "task" ? measureValue(candidate.args).bytes : 0;
}
