/**
 * The deterministic world in which handlers run (D9).
 *
 * Owns: patching the globals of the realm, once, and telling handlers from everything
 * else through an AsyncLocalStorage. May not touch: a handler's progress, time or journal;
 * the engine hands in a {@link SandboxWorld} and moves its clock.
 *
 * S1. Outside a world every patched global does what it did before.
 * S2. Inside, time, chance and the console are the world's; fetch and timers throw.
 * S3. The engine starts step bodies in {@link exitSandbox}, and takes its own time and
 *     timers from {@link real}: it is called by handlers, inside their world.
 *
 * What escapes, because no patch can reach it: `new Date()` of a `Date` captured at module
 * load, `Intl.DateTimeFormat().format()` without a date, `crypto.subtle` and other native
 * promises, module state.
 */
import { patchBlocked } from "./sandbox/blocked.js";
import { patchConsole } from "./sandbox/console.js";
import { patchDate } from "./sandbox/date.js";
import { patchRandom } from "./sandbox/random.js";
import { getWorld, patchMethod, runInWorld } from "./sandbox/realm.js";
import type { SandboxWorld } from "./sandbox/world.js";

export { createSandboxWorld } from "./sandbox/world.js";
export type { ConsoleLevel, SandboxWorld, SandboxWorldOptions } from "./sandbox/world.js";

/**
 * Patches the realm's globals. Cheap and idempotent: each executor calls it when it
 * starts, as fake timers or a spy may have replaced a global since the last time.
 */
export function installSandbox(): void {
  patchDate();
  patchRandom();
  patchMethod(globalThis.performance, "now", (world) => world.nowMs);
  patchConsole();
  patchBlocked();
}

/** Runs `fn`, and everything it awaits, in `world`. */
export function runInSandbox<T>(world: SandboxWorld, fn: () => T): T {
  return runInWorld(world, fn);
}

/** Runs `fn`, and everything it awaits, outside any world: step bodies and the engine. */
export function exitSandbox<T>(fn: () => T): T {
  return runInWorld(undefined, fn);
}

/** Tells whether a handler is running, outside a step. */
export function isInSandbox(): boolean {
  return getWorld() !== undefined;
}

/** Tells whether this very world's handler is running, outside a step. */
export function isInWorld(world: SandboxWorld): boolean {
  return getWorld() === world;
}

/**
 * What lies behind our patches at the moment of the call (S1), so that fake timers drive
 * the engine too. Callbacks run outside any world, whoever asked for them.
 */
export const real = {
  now(): number {
    return exitSandbox(() => globalThis.Date.now());
  },
  setTimeout(fn: () => void, delayMs: number): unknown {
    return exitSandbox(() => globalThis.setTimeout(fn, delayMs));
  },
  random(): number {
    return exitSandbox(() => Math.random());
  },
  randomUUID(): string {
    return exitSandbox(() => globalThis.crypto.randomUUID());
  },
};
