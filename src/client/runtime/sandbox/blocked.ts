/**
 * Makes what a replay could not repeat throw inside a handler, naming the step to use.
 *
 * It throws at the call instead of rejecting: a rejected promise nobody awaits would end
 * the whole executor, and all other workflows with it.
 */
import { hideMethod } from "./realm.js";

const SLEEP = "use `await step.sleep(ms)`, which also survives the executor";

/** Patches `fetch` and the timers. */
export function patchBlocked(): void {
  block(
    globalThis,
    "fetch",
    "fetch",
    "fetch in a step: `await step.run(name, () => fetch(url))` or `await step.runAction(action, args)`",
  );
  block(globalThis, "setTimeout", "setTimeout", SLEEP);
  block(globalThis, "setInterval", "setInterval", SLEEP);
  // Node only; on the platform the name does not exist.
  block(globalThis, "setImmediate", "setImmediate", SLEEP);
  block(
    globalThis.AbortSignal,
    "timeout",
    "AbortSignal.timeout",
    "set a timeout on the step, or race it against `step.sleep(ms)`",
  );
}

function block(
  holder: object | undefined,
  name: string,
  shownName: string,
  advice: string,
): void {
  hideMethod(holder, name, () => {
    throw new Error(
      `${shownName} was called in a workflow handler, outside a step, where a replay could ` +
        `not repeat it. Instead, ${advice}.`,
    );
  });
}
