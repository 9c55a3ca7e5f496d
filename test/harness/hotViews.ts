/**
 * Whether what executors see of their hot workflows is true (H4).
 *
 * Owns the comparison: whatever a test does, each look through a view or at a sum is compared
 * with one at all hot workflows. Reaches into the engine, as no public surface tells of it.
 */
import type { HotWorkflow } from "../../src/client/runtime/hot.js";
import { HotSet } from "../../src/client/runtime/hotSet.js";

const stale: string[] = [];

/** Takes what was seen that was not so, since it was asked last. */
export function takeStaleViews(): string[] {
  return stale.splice(0);
}

const { view: openView, sum: openSum } = HotSet.prototype;

HotSet.prototype.view = function (this: HotSet, holds) {
  const view = openView.call(this, holds);
  const list = view.list.bind(view);
  view.list = () => {
    const seen = list();
    compare(seen, this.list().filter(holds), holds);
    return seen;
  };
  return view;
};

HotSet.prototype.sum = function (this: HotSet, measure) {
  const sum = openSum.call(this, measure);
  const read = () =>
    Reflect.get(Object.getPrototypeOf(sum) as object, "value", sum) as number;
  Object.defineProperty(sum, "value", {
    get: () => {
      const seen = read();
      const actual = this.list().reduce((total, hot) => total + measure(hot), 0);
      if (seen !== actual) stale.push(`${String(measure)}: ${seen} instead of ${actual}`);
      return seen;
    },
  });
  return sum;
};

function compare(
  seen: readonly HotWorkflow[],
  actual: readonly HotWorkflow[],
  holds: (hot: HotWorkflow) => boolean,
): void {
  const isSame =
    seen.length === actual.length && seen.every((hot, index) => hot === actual[index]);
  if (isSame) return;
  const names = (hots: readonly HotWorkflow[]) =>
    hots.map(({ identity }) => identity.workflow).join(", ");
  stale.push(`${String(holds)}: [${names(seen)}] instead of [${names(actual)}]`);
}
