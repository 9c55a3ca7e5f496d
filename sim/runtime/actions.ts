/**
 * Actions: functions without a transaction, that talk to the world and call others.
 *
 * Owns an action's life: its time limit, its crashes, and that all it left behind ends with
 * it. Its operations are `actionSyscalls.ts`.
 */
import { queueTurns } from "../clock/turns.js";
import { FunctionFailure } from "./failure.js";
import { Frame } from "./frame.js";
import { ActionSyscalls } from "./actionSyscalls.js";
import { actionScope } from "./frameScopes.js";
import type { Call, Services } from "./services.js";
import { checkArguments, checkReturns } from "./validation.js";

/** Runs an action to its end and resolves to what it returned. */
export async function runAction(services: Services, call: Call): Promise<string> {
  const fn = call.fn ?? services.code.function(call.path);
  checkArguments(services, fn, call.args);
  const frame = new Frame(fn, call.request);
  services.live.add(frame);
  services.metrics.call(frame.label);
  services.trace.add("action", frame.label, call.request.requestId);
  frame.onEnd(({ code }) => services.trace.add("end", frame.label, code));
  if (call.parent) frame.endWith(call.parent);
  const startedAt = services.clock.now();
  frame.onEnd(() => {
    services.metrics.actionEnded(frame.label, services.clock.now() - startedAt);
  });
  const limit = endInTime(services, frame);
  const syscalls = new ActionSyscalls(services, frame);
  try {
    const scope = actionScope(services, frame, (name, phase) => {
      syscalls.mayCrash(name, phase);
    });
    const returned = await frame.run(
      syscalls,
      scope,
      () => fn.registered.invokeAction(call.request.requestId, `[${call.args}]`),
      () => lastTurn(services),
    );
    checkReturns(services, fn, returned);
    return returned;
  } finally {
    services.clock.cancel(limit);
    frame.end();
  }
}

/**
 * Lets the code that can run do so, and Node tell of unhandled rejections: the platform looks
 * for them before it takes the result. No event of the clock comes in between.
 */
async function lastTurn({ clock }: Services): Promise<void> {
  const release = clock.hold();
  await new Promise<void>((resolve) => queueTurns(1, resolve));
  release();
}

/** Awaiting counts: an action's clock does not stop (PLATFORM.md section 1). */
function endInTime(
  services: Services,
  frame: Frame,
): ReturnType<Services["clock"]["after"]> {
  const ms = services.limits.actionMs;
  return services.clock.after(ms, () => {
    const seconds = ms / 1000;
    frame.end(
      new FunctionFailure(
        "fatal",
        `Function execution timed out (maximum duration: ${seconds}s)`,
        "UserTimeout",
      ),
    );
  });
}
