/**
 * The hot workflows of an executor, always in order.
 *
 * Owns which there are, and which of them have changed since somebody looked (H4): the parts
 * of the loop look through views, which are brought up to date for those alone.
 */
import { RESPONSES_KEPT } from "../../shared/constants.js";
import type { HotWorkflow } from "./hot.js";
import { HotList, HotSum, HotView } from "./hotViews.js";

const CLAIM_GONE =
  "The claim on this workflow is gone: it was canceled, or another executor has it.";

/** Looks at a workflow that has changed, or is not hot any more. */
type Watcher = (hot: HotWorkflow, isHot: boolean) => void;

export class HotSet {
  readonly #byId = new Map<string, HotWorkflow>();
  readonly #ordered = new HotList();
  readonly #watchers: Watcher[] = [];
  readonly #stirred = new Set<HotWorkflow>();
  readonly #footprints: number[] = [];
  readonly #bytes = new Map<HotWorkflow, number>();
  /** The footprint that `bytes` was added up with. */
  #footprintCounted = 0;
  readonly #ending = this.sum(({ isEnding }) => (isEnding ? 1 : 0));
  /** Bytes that all of them keep in memory, or will when they are as far as others came. */
  bytes = 0;
  /** Bytes that the last ones kept in the end, on average. */
  footprint = 0;

  /** `onDrop` learns of those whose claim is gone. */
  constructor(private readonly onDrop: (hot: HotWorkflow) => void) {
    this.watch((hot, isHot) => this.#weigh(hot, isHot));
  }

  get size(): number {
    return this.#ordered.size;
  }

  /** How many of them the next commit ends, or the one in flight. */
  get ending(): number {
    return this.#ending.value;
  }

  /**
   * Sees those of which something holds. It may depend on nothing but the workflow: not on
   * the time, nor on the executor's state.
   */
  view(holds: (hot: HotWorkflow) => boolean): HotView {
    const view = new HotView(holds, () => this.refresh());
    this.watch((hot, isHot) => view.look(hot, isHot));
    return view;
  }

  /** Adds up something that depends on nothing but the workflow. */
  sum(measure: (hot: HotWorkflow) => number): HotSum {
    const sum = new HotSum(measure, () => this.refresh());
    this.watch((hot, isHot) => sum.look(hot, isHot));
    return sum;
  }

  /** Has somebody look at each workflow that has changed, at the next refresh. */
  watch(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  /** Brings up to date what was seen of those that have changed since. */
  refresh(): void {
    if (this.#stirred.size === 0) return;
    for (const hot of this.#stirred) {
      const isHot = this.has(hot);
      for (const watcher of this.#watchers) watcher(hot, isHot);
    }
    this.#stirred.clear();
  }

  /** Adds up what they keep now; once a round of the loop is enough. */
  measure(): void {
    this.refresh();
    if (this.footprint === this.#footprintCounted) return;
    this.#footprintCounted = this.footprint;
    this.bytes = 0;
    for (const bytes of this.#bytes.values()) this.bytes += this.#countFor(bytes);
  }

  #weigh(hot: HotWorkflow, isHot: boolean): void {
    const before = this.#bytes.get(hot);
    if (before !== undefined) this.bytes -= this.#countFor(before);
    if (!isHot) return void this.#bytes.delete(hot);
    this.#bytes.set(hot, hot.bytes);
    this.bytes += this.#countFor(hot.bytes);
  }

  #countFor(bytes: number): number {
    return Math.max(bytes, this.#footprintCounted);
  }

  /** Bytes that one of them counts for. */
  bytesOf({ bytes }: HotWorkflow): number {
    return Math.max(bytes, this.footprint);
  }

  /** The workflows, oldest first: a copy, so that a walk may add and delete. */
  list(): readonly HotWorkflow[] {
    return this.#ordered.list();
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
    this.#ordered.add(hot);
    hot.onStir = () => this.#stirred.add(hot);
    this.#stirred.add(hot);
  }

  /** Ends a workflow whose claim is gone, and lets go of it: one without the other is stuck. */
  drop(hot: HotWorkflow, reason = CLAIM_GONE): void {
    if (hot.claim !== null && !hot.isDead) this.onDrop(hot);
    hot.abort(reason);
    this.delete(hot);
  }

  /** Lets go of this very one: its workflow may be hot again already. */
  delete(hot: HotWorkflow): void {
    if (!this.has(hot)) return;
    this.#footprints.push(hot.bytes);
    if (this.#footprints.length > RESPONSES_KEPT) this.#footprints.shift();
    const sum = this.#footprints.reduce((total, one) => total + one, 0);
    this.footprint = Math.ceil(sum / this.#footprints.length); // whole bytes add up exactly
    this.#byId.delete(hot.identity.workflow);
    this.#ordered.delete(hot);
    this.#stirred.add(hot);
  }
}
