/**
 * The console of the running function: its lines go to whoever runs it.
 *
 * It has the methods that the platform's has, and no more: npm-packages/udf-runtime/src/
 * 02_console.ts of convex-backend at 94a42c3d.
 */
import type { LogLevel } from "../world.js";
import { createFacade, currentWorld } from "./facade.js";

const nativeConsole = globalThis.console;
const LEVELS: readonly LogLevel[] = ["debug", "error", "info", "log", "trace", "warn"];
/** What a time measures differs by machine on the platform, so nothing may depend on it. */
const TIMING_METHODS = ["time", "timeLog", "timeEnd"] as const;

function createMembers(): Record<string, (...args: unknown[]) => void> {
  const members: Record<string, (...args: unknown[]) => void> = {};
  for (const level of LEVELS) {
    members[level] = (...args) => {
      const world = currentWorld();
      if (world === undefined) nativeConsole[level](...args);
      else world.log(level, args);
    };
  }
  for (const name of TIMING_METHODS) members[name] = (): void => {};
  return members;
}

export const consoleFacade: Console = createFacade({
  name: "console",
  target: {} as Console,
  members: createMembers(),
});
