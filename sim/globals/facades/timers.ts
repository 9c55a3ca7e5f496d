/**
 * Timers of the running function; their numbers are the function's own.
 *
 * A callback keeps the AsyncLocalStorage contexts of where its timer was set.
 */
import { AsyncResource } from "node:async_hooks";
import * as timers from "node:timers";

import type { TimerName, World } from "../world.js";
import { createFacade, currentWorld } from "./facade.js";

type Handler = (...args: unknown[]) => void;
type SetTimer = (handler: Handler, ms?: number, ...args: unknown[]) => unknown;
type ClearTimer = (id?: unknown) => void;

const NativeAbortSignal = globalThis.AbortSignal;
const native = { ...timers };

const setTimeout: SetTimer = (handler, ms, ...args) => {
  const world = currentWorld();
  if (world === undefined) return native.setTimeout(handler, ms, ...args);
  return setTimer(world, "setTimeout", ms, () => handler(...args));
};

const setInterval: SetTimer = (handler, ms, ...args) => {
  const world = currentWorld();
  if (world === undefined) return native.setInterval(handler, ms, ...args);
  return setTimer(world, "setInterval", ms, () => handler(...args));
};

const clearTimer: ClearTimer = (id) => {
  const world = currentWorld();
  if (world === undefined) native.clearTimeout(id as NodeJS.Timeout);
  else world.clearTimer(id);
};

/** As on the platform: no delay, a negative one and nonsense are 0. */
function setTimer(
  world: World,
  name: TimerName,
  ms: unknown,
  callback: () => void,
): number {
  const delayMs = Number(ms);
  // As `AsyncLocalStorage.bind`, which costs more: its function has properties of its own.
  const context = new AsyncResource("ConvexTimer");
  return world.setTimer({
    name,
    ms: delayMs > 0 ? delayMs : 0,
    run: () => context.runInAsyncScope(callback),
  });
}

function abortLater(ms: number): AbortSignal {
  const world = currentWorld();
  if (world === undefined) return NativeAbortSignal.timeout(ms);
  const controller = new AbortController();
  setTimer(world, "AbortSignal.timeout", ms, () =>
    controller.abort(
      new DOMException("The operation was aborted due to timeout", "TimeoutError"),
    ),
  );
  return controller.signal;
}

export const timerFacades = {
  setTimeout,
  setInterval,
  clearTimeout: clearTimer,
  clearInterval: clearTimer,
  AbortSignal: createFacade({
    name: "AbortSignal",
    target: NativeAbortSignal,
    members: { timeout: abortLater },
  }),
};
