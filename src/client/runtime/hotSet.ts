/**
 * The hot workflows of an executor, always in order.
 *
 * Owns the one list that every part walks, oldest first (D11). Kept sorted on insertion,
 * since it is walked many times between two changes.
 */
import { RESPONSES_KEPT } from "../../shared/constants.js";
import { compareCandidates } from "../../shared/order.js";
import type { HotWorkflow } from "./hot.js";

const CLAIM_GONE =
  "The claim on this workflow is gone: it was canceled, or another executor has it.";

export class HotSet {
  /** `onDrop` learns of those whose claim is gone. */
  constructor(private readonly onDrop: (hot: HotWorkflow) => void) {}

  readonly #byId = new Map<string, HotWorkflow>();
  readonly #sorted: HotWorkflow[] = [];
  /** The last copy that was given out; null since a change. */
  #listed: readonly HotWorkflow[] | null = null;
  readonly #footprints: number[] = [];
  /** Bytes that all of them keep in memory, or will when they are as far as others came. */
  bytes = 0;
  /** How many of them the next commit ends, or the one in flight. */
  ending = 0;
  /** Bytes that the last ones kept in the end, on average. */
  footprint = 0;

  get size(): number {
    return this.#sorted.length;
  }

  /** Adds up what they keep now, and who ends; once a round of the loop is enough. */
  measure(): void {
    let bytes = 0;
    let ending = 0;
    for (const hot of this.#sorted) {
      bytes += this.bytesOf(hot);
      if (hot.isEnding) ending += 1;
    }
    this.bytes = bytes;
    this.ending = ending;
  }

  /** Bytes that one of them counts for. */
  bytesOf(hot: HotWorkflow): number {
    const { bytes } = hot;
    return bytes > this.footprint ? bytes : this.footprint;
  }

  /** The workflows, oldest first: a copy, so that a walk may add and delete. */
  list(): readonly HotWorkflow[] {
    this.#listed ??= [...this.#sorted];
    return this.#listed;
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
    this.#listed = null;
    this.#byId.set(hot.identity.workflow, hot);
    // Newcomers are the youngest, nearly always: look for the place from the end.
    let place = this.#sorted.length;
    while (place > 0 && isBefore(hot, this.#sorted[place - 1])) place -= 1;
    this.#sorted.splice(place, 0, hot);
  }

  /** Ends a workflow whose claim is gone, and lets go of it: one without the other is stuck. */
  drop(hot: HotWorkflow, reason = CLAIM_GONE): void {
    if (hot.claim !== null && !hot.isDead) this.onDrop(hot);
    hot.abort(reason);
    this.delete(hot);
  }

  /** Lets go of this very one: its workflow may be hot again already. */
  delete(hot: HotWorkflow): void {
    if (this.get(hot.identity.workflow) !== hot) return;
    this.#footprints.push(hot.bytes);
    if (this.#footprints.length > RESPONSES_KEPT) this.#footprints.shift();
    const sum = this.#footprints.reduce((total, one) => total + one, 0);
    this.footprint = sum / this.#footprints.length;
    this.#listed = null;
    this.#byId.delete(hot.identity.workflow);
    this.#sorted.splice(this.#sorted.indexOf(hot), 1);
  }
}

function isBefore(hot: HotWorkflow, other: HotWorkflow | undefined): boolean {
  return other !== undefined && compareCandidates(hot.identity, other.identity) < 0;
}
