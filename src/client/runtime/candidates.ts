/**
 * The candidates of the last scans, oldest first, and the bytes that their arguments take.
 */
import { compareCandidates } from "../../shared/order.js";
import { measureValue } from "../../shared/sizes.js";
import type { Candidate } from "./model.js";

export class Candidates {
  #list: Candidate[] = [];
  /** Bytes of their arguments. */
  bytes = 0;

  get size(): number {
    return this.#list.length;
  }

  /** The oldest. */
  get first(): Candidate | undefined {
    return this.#list[0];
  }

  list(): readonly Candidate[] {
    return this.#list;
  }

  add(more: readonly Candidate[]): void {
    this.#list = [...this.#list, ...more].sort(compareCandidates);
    for (const one of more) this.bytes += measure(one);
  }

  /** Takes the oldest out. */
  shift(): void {
    const [first] = this.#list.splice(0, 1);
    if (first) this.bytes -= measure(first);
  }

  /** Lets go of all others. */
  retain(isKept: (candidate: Candidate) => boolean): void {
    const kept = this.#list.filter(isKept);
    this.clear();
    this.add(kept);
  }

  clear(): void {
    this.#list = [];
    this.bytes = 0;
  }
}

function measure(candidate: Candidate): number {
  return candidate.kind === "task" ? measureValue(candidate.args).bytes : 0;
}
