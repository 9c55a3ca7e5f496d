/**
 * Patches the console: a handler's lines go to its world, within its budget, and not at
 * all while it replays. The lines of step bodies and of the engine are untouched.
 */
import { patchMethod, runInWorld } from "./realm.js";
import type { ConsoleLevel, SandboxWorld } from "./world.js";

const LEVELS: Readonly<Record<string, ConsoleLevel>> = {
  debug: "debug",
  dir: "log",
  error: "error",
  info: "info",
  log: "log",
  table: "log",
  trace: "trace",
  warn: "warn",
};

/** A turn takes no time, so timing it would print noise; the others only group lines. */
const SILENT_METHODS = [
  "time",
  "timeLog",
  "timeEnd",
  "count",
  "group",
  "groupCollapsed",
  "groupEnd",
];

/** Patches the methods of the current console. */
export function patchConsole(): void {
  for (const [method, level] of Object.entries(LEVELS)) {
    patchMethod(globalThis.console, method, (world, args) => print(world, level, args));
  }
  for (const method of SILENT_METHODS) {
    patchMethod(globalThis.console, method, () => undefined);
  }
  patchMethod(globalThis.console, "assert", (world, [condition, ...args]) => {
    if (!condition) print(world, "error", ["Assertion failed", ...args]);
  });
}

function print(world: SandboxWorld, level: ConsoleLevel, args: readonly unknown[]): void {
  if (world.isReplaying || world.isConsoleExhausted) return;
  // Outside the world: `log` may itself use the console, which must then really print.
  if (world.linesLeft > 0) {
    world.linesLeft -= 1;
    runInWorld(undefined, () => world.log(level, args));
    return;
  }
  world.isConsoleExhausted = true;
  const notice =
    "This workflow has used up its console lines; its handler's further ones are dropped. " +
    "Log from a step instead.";
  runInWorld(undefined, () => world.log("warn", [notice]));
}
