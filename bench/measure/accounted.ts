/**
 * The bytes that executors account for (P14): the sum that they hold against their bound,
 * not the heap, which nobody can ask.
 *
 * Reaches into the engine's set of hot workflows, since no public surface tells it: each time
 * one is taken in, the executor's sum is looked at.
 */
import { HotSet } from "../../src/client/runtime/hotSet.js";
import type { HotWorkflow } from "../../src/client/runtime/hot.js";

/** Looks are sampled: the sum walks all hot workflows. */
const LOOK_EVERY = 16;

/** Watches all executors of this process; the result ends it and answers the largest of each. */
export function watchAccountedBytes(): () => number[] {
  const largest = new Map<HotSet, number>();
  const add = Object.getOwnPropertyDescriptor(HotSet.prototype, "add")!;
  let looks = 0;
  HotSet.prototype.add = function (this: HotSet, hot: HotWorkflow): void {
    (add.value as (this: HotSet, hot: HotWorkflow) => void).call(this, hot);
    looks += 1;
    if (looks % LOOK_EVERY !== 0 && largest.has(this)) return;
    largest.set(this, Math.max(largest.get(this) ?? 0, this.bytes));
  };
  return () => {
    Object.defineProperty(HotSet.prototype, "add", add);
    return [...largest.values()];
  };
}
