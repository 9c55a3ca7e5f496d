/** Scopes for the tests of what functions see, with a record of what happened to them. */
import { Random } from "../clock/random.js";
import { VirtualClock } from "../clock/virtualClock.js";
import { installGlobals, runWithGlobals } from "./globals.js";
import {
  type ActionScopeOptions,
  createActionScope,
  createTransactionScope,
  type TransactionScopeOptions,
} from "./scopes.js";
import type { LogLine } from "./world.js";

export interface TestScope {
  readonly clock: VirtualClock;
  readonly lines: LogLine[];
  readonly uncaught: unknown[];
  /** Runs code in the scope and drives the clock until it is through. */
  run<T>(code: () => T | Promise<T>): Promise<T>;
}

export const START = 1_000;

/** A query or mutation that started at {@link START}. */
export function transactionScope(
  options: Partial<TransactionScopeOptions> = {},
): TestScope {
  const clock = new VirtualClock({ startAt: START });
  const record = { lines: [] as LogLine[], uncaught: [] as unknown[] };
  const scope = createTransactionScope({
    clock,
    startedAt: clock.now(),
    random: new Random(1),
    isQuery: false,
    onLog: (line) => record.lines.push(line),
    onUncaught: (error) => record.uncaught.push(error),
    ...options,
  });
  return { clock, ...record, run: driver(clock, (code) => runWithGlobals(scope, code)) };
}

/** An action that started at {@link START}. */
export function actionScope(options: Partial<ActionScopeOptions> = {}): TestScope {
  const clock = new VirtualClock({ startAt: START });
  const record = { lines: [] as LogLine[], uncaught: [] as unknown[] };
  const scope = createActionScope({
    clock,
    random: new Random(1),
    isEnded: () => false,
    onLog: (line) => record.lines.push(line),
    onUncaught: (error) => record.uncaught.push(error),
    ...options,
  });
  return { clock, ...record, run: driver(clock, (code) => runWithGlobals(scope, code)) };
}

function driver(
  clock: VirtualClock,
  enter: <T>(code: () => T) => T,
): <T>(code: () => T | Promise<T>) => Promise<T> {
  return async (code) => {
    installGlobals();
    const result = enter(async () => await code());
    const end = await clock.drive({ until: result });
    if (end !== "until") throw new Error("The code waits for something that never comes");
    return await result;
  };
}
