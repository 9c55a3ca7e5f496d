/**
 * Whether what executors see of their hot workflows is true (H4).
 *
 * Owns the comparison: whatever a test does, each look through a view or at a sum, and who is
 * named at gates, is compared with one at all hot workflows. Reaches into the engine, as no public surface tells of it.
 */
import { Gates, isAtGate } from "../../src/client/runtime/gates.js";
import type { HotWorkflow } from "../../src/client/runtime/hot.js";
import { HotSet } from "../../src/client/runtime/hotSet.js";
import type { ExecutorState } from "../../src/client/runtime/state.js";

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
    compare(String(holds), seen, this.list().filter(holds));
    return seen;
  };
  Object.defineProperty(view, "size", { get: () => view.list().length });
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

const { measure } = HotSet.prototype;

HotSet.prototype.measure = function (this: HotSet) {
  measure.call(this);
  const actual = this.list().reduce((total, hot) => total + this.bytesOf(hot), 0);
  if (this.bytes !== actual) stale.push(`bytes: ${this.bytes} instead of ${actual}`);
};

const { openRound } = Gates.prototype;

Gates.prototype.openRound = function (this: Gates) {
  openRound.call(this);
  const { gates, hots, mode } = Reflect.get(this, "state") as ExecutorState;
  if (mode !== "serving") return; // nobody passes any more
  const named = new Set(gates.list().flatMap(({ waiters }) => [...waiters.keys()]));
  for (const hot of hots.list())
    for (const step of hot.steps.values())
      if (isAtGate(hot, step) && !named.delete(step))
        stale.push(
          `${hot.identity.workflow}: step ${step.number} is not named at its gate`,
        );
  if (named.size > 0) stale.push(`${named.size} are named at gates, and wait nowhere`);
};

function compare(
  what: string,
  seen: readonly HotWorkflow[],
  actual: readonly HotWorkflow[],
): void {
  const isSame =
    seen.length === actual.length && seen.every((hot, index) => hot === actual[index]);
  if (isSame) return;
  const names = (hots: readonly HotWorkflow[]) =>
    hots.map(({ identity }) => identity.workflow).join(", ");
  stale.push(`${what}: [${names(seen)}] instead of [${names(actual)}]`);
}
