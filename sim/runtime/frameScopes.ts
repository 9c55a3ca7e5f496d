/**
 * The globals that a running function sees: which clock, which chance, which environment.
 *
 * Owns the choice; how globals are replaced is `sim/globals`.
 */
import type { HostOperation } from "../globals/actionWorld.js";
import type { GlobalScope } from "../globals/globals.js";
import { createActionScope, createTransactionScope } from "../globals/scopes.js";
import type { LogLine } from "../globals/world.js";
import { failureOf, FunctionFailure } from "./failure.js";
import type { Frame } from "./frame.js";
import type { Services } from "./services.js";
import type { TransactionRun } from "./transactionRun.js";

/** The globals of a query or a mutation. */
export function transactionScope(
  services: Services,
  run: TransactionRun,
  frame: Frame,
): GlobalScope {
  return createTransactionScope({
    clock: services.clock,
    startedAt: run.startedAt,
    random: run.random,
    isQuery: frame.fn.kind === "query",
    env: environmentOf(services, frame),
    onLog: logTo(services, frame),
    onUncaught: (error) => run.abort(uncaught(error, frame)),
  });
}

/** The globals of an action; its timers and fetches are operations like its syscalls. */
export function actionScope(
  services: Services,
  frame: Frame,
  onOperation: (operation: HostOperation, phase: "before" | "after") => void,
): GlobalScope {
  const scope = createActionScope({
    clock: services.clock,
    random: services.nextRandom(),
    isEnded: () => frame.isEnded,
    env: environmentOf(services, frame),
    fetch: services.fetch,
    onLog: logTo(services, frame),
    onUncaught: (error) => frame.end(uncaught(error, frame)),
    onOperation,
  });
  frame.onEnd(() => scope.clearTimers());
  return scope;
}

function environmentOf(
  services: Services,
  frame: Frame,
): Readonly<Record<string, string>> {
  return services.code.source(frame.component)?.env ?? {};
}

function logTo(services: Services, frame: Frame): ((line: LogLine) => void) | undefined {
  const { onLog } = services;
  return onLog && ((line) => onLog(frame.label, line));
}

/** What no code of the function could catch ends it. */
function uncaught(error: unknown, frame: Frame): FunctionFailure {
  const { message, data } = failureOf(error, frame.fn.path.udfPath);
  return new FunctionFailure("fatal", message, "Uncaught", data);
}
