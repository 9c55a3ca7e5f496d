/**
 * Globals that user code may replace for the length of one function call.
 *
 * Owns which globals those are and what a call begins with; the accessors behind them are
 * sim/globals'. Nested calls begin anew, they do not inherit their caller's replacements.
 * What bypasses the accessors is shared by all calls: deleting or redefining the property, or
 * assigning to a property of the global object itself (`Math.random = …`).
 */
import { installGlobals, runWithGlobals, runWithoutGlobals } from "../globals/globals.js";

/** Isolated where the environment has them and lets them be redefined. */
const ISOLATED_GLOBALS = [
  ...["setTimeout", "clearTimeout", "setInterval", "clearInterval", "queueMicrotask"],
  ...["fetch", "Request", "Response", "Headers", "AbortController"],
  ...["Date", "Math", "performance", "console", "process", "structuredClone"],
  ...["crypto", "Crypto", "CryptoKey", "SubtleCrypto", "atob", "btoa"],
  ...["URL", "URLSearchParams", "TextEncoder", "TextDecoder"],
];

/** What a transaction may read but not call; assigning something of its own is allowed. */
const REFUSED_GLOBALS = Object.fromEntries(
  ["fetch", "setTimeout", "clearTimeout", "setInterval", "clearInterval"].map((name) => [
    name,
    () => {
      throw new Error(
        `\`${name}\` is not supported in Convex queries or mutations. ` +
          "Move this code to an action; a mutation can start one with " +
          "`ctx.scheduler.runAfter(0, ...)`.",
      );
    },
  ]),
);

/**
 * Installs what is not installed yet, and anew over what a suite has put in the place of an
 * accessor since (`vi.stubGlobal`).
 */
export function installIsolation(): void {
  installGlobals(ISOLATED_GLOBALS);
}

/** Runs a query's or mutation's handler. */
export function runWithTransactionGlobals<T>(handler: () => T): T {
  installIsolation();
  return runWithGlobals({ overrides: { ...REFUSED_GLOBALS } }, handler);
}

/** Runs an action's handler, which has everything the environment has. */
export function runWithActionGlobals<T>(handler: () => T): T {
  installIsolation();
  return runWithGlobals({ overrides: {} }, handler);
}

/** Runs with the globals of the test environment: faked timers, but no call's overrides. */
export function runWithEnvironmentGlobals<T>(fn: () => T): T {
  return runWithoutGlobals(fn);
}
