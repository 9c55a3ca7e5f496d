/**
 * What parts of the loop see of the hot workflows: those of which something holds, and sums.
 *
 * Owns neither the workflows nor when one is looked at again: `HotSet` says which have
 * changed. So a round of the loop costs what has changed, however many workflows wait.
 */
import { compareCandidates } from "../../shared/order.js";
import type { HotWorkflow } from "./hot.js";

/** Workflows in order, oldest first (D11). */
export class HotList {
  readonly #sorted: HotWorkflow[] = [];
  /** The last copy that was given out; null since a change. */
  #listed: readonly HotWorkflow[] | null = null;

  get size(): number {
    return this.#sorted.length;
  }

  /** The workflows, oldest first: a copy, so that a walk may add and delete. */
  list(): readonly HotWorkflow[] {
    this.#listed ??= [...this.#sorted];
    return this.#listed;
  }

  add(hot: HotWorkflow): void {
    this.#listed = null;
    this.#sorted.splice(this.#findPlace(hot), 0, hot);
  }

  delete(hot: HotWorkflow): void {
    this.#listed = null;
    this.#sorted.splice(this.#sorted.indexOf(hot), 1);
  }

  /** Behind all that are not younger. */
  #findPlace(hot: HotWorkflow): number {
    let from = 0;
    let to = this.#sorted.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const other = this.#sorted[middle]!;
      if (compareCandidates(other.identity, hot.identity) <= 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** Those hot workflows of which something holds. */
export class HotView {
  readonly #members = new Set<HotWorkflow>();
  readonly #ordered = new HotList();

  constructor(
    private readonly holds: (hot: HotWorkflow) => boolean,
    private readonly refresh: () => void,
  ) {}

  get size(): number {
    this.refresh();
    return this.#members.size;
  }

  /** The workflows, oldest first: a copy, so that a walk may change them. */
  list(): readonly HotWorkflow[] {
    this.refresh();
    return this.#ordered.list();
  }

  /** Looks at one that has changed. */
  look(hot: HotWorkflow, isHot: boolean): void {
    const holds = isHot && this.holds(hot);
    if (holds === this.#members.has(hot)) return;
    if (holds) {
      this.#members.add(hot);
      this.#ordered.add(hot);
    } else {
      this.#members.delete(hot);
      this.#ordered.delete(hot);
    }
  }
}

/** The sum of something over all hot workflows. */
export class HotSum {
  readonly #parts = new Map<HotWorkflow, number>();
  #sum = 0;

  constructor(
    private readonly measure: (hot: HotWorkflow) => number,
    private readonly refresh: () => void,
  ) {}

  get value(): number {
    this.refresh();
    return this.#sum;
  }

  /** Looks at one that has changed. */
  look(hot: HotWorkflow, isHot: boolean): void {
    const part = isHot ? this.measure(hot) : 0;
    this.#sum += part - (this.#parts.get(hot) ?? 0);
    if (part > 0) this.#parts.set(hot, part);
    else this.#parts.delete(hot);
  }
}
