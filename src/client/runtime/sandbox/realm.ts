/**
 * What all copies of this module share in one JavaScript realm: the store that tells whose
 * handler is running, and which functions are our patches.
 *
 * R1. A patch is known by identity, in `patches`. So installing again after
 *     somebody replaced a global (fake timers, a spy) wraps that replacement once, and
 *     never wraps a patch of ours.
 * R2. A patch outside a store calls what it replaced with the same `this` and arguments.
 * R3. What is hidden from handlers stays, for everybody else, the very same function: test
 *     runners compare the identity of timers while they wait.
 * R4. The realm's state hangs on `globalThis`, as a bundle may hold this module twice, and
 *     a handler which one copy runs must be sandboxed by the other copy's patches.
 */
import { AsyncLocalStorage } from "node:async_hooks";

import type { SandboxWorld } from "./world.js";

interface Realm {
  readonly storage: AsyncLocalStorage<SandboxWorld | undefined>;
  readonly patches: WeakSet<object>;
}

const REALM_KEY = Symbol.for("convex-executor.sandbox.realm");

/** Made on first use, so that importing the client needs no AsyncLocalStorage. */
function ensureRealm(): Realm {
  const holder = globalThis as { [REALM_KEY]?: Realm };
  holder[REALM_KEY] ??= { storage: new AsyncLocalStorage(), patches: new WeakSet() };
  return holder[REALM_KEY];
}

/** The world of the handler that is running, if any. */
export function getWorld(): SandboxWorld | undefined {
  return ensureRealm().storage.getStore();
}

/** Runs `fn`, and what it awaits, in `world`, or in none. */
export function runInWorld<T>(world: SandboxWorld | undefined, fn: () => T): T {
  return ensureRealm().storage.run(world, fn);
}

/** Tells whether `candidate` is one of our patches. */
export function isPatch(candidate: object): boolean {
  return ensureRealm().patches.has(candidate);
}

/** Puts `patch` in the place of `holder[name]`. */
export function replaceProperty(holder: object, name: string, patch: object): void {
  const enumerable = Object.getOwnPropertyDescriptor(holder, name)?.enumerable ?? true;
  Object.defineProperty(holder, name, {
    value: patch,
    enumerable,
    writable: true,
    configurable: true,
  });
  ensureRealm().patches.add(patch);
}

/**
 * Replaces `holder[name]` by a function that does `inside` for a handler. It is a proxy of
 * the original, so a mock stays a mock to `expect` and a timer keeps its promisified form.
 */
export function patchMethod(
  holder: object | undefined,
  name: string,
  inside: (world: SandboxWorld, args: readonly unknown[]) => unknown,
): void {
  if (holder === undefined) return;
  const original: unknown = Reflect.get(holder, name);
  if (typeof original !== "function" || isPatch(original)) return;
  const patch = new Proxy(original, {
    apply(target, self, args: unknown[]): unknown {
      const world = getWorld();
      if (world === undefined) return Reflect.apply(target, self, args);
      return inside(world, args);
    },
  });
  replaceProperty(holder, name, patch);
}

/**
 * Shows handlers, and nobody else, a function in the place of `holder[name]` that does
 * `inside`. Called outside of a world, it is the original again.
 */
export function hideMethod(
  holder: object | undefined,
  name: string,
  inside: () => unknown,
): void {
  if (holder === undefined) return;
  const shown: unknown = runInWorld(NOBODY, (): unknown => Reflect.get(holder, name));
  if (typeof shown !== "function" || isPatch(shown)) return;
  const { read, write, enumerable } = bindProperty(holder, name);
  const patch = new Proxy(shown, {
    apply(_target, self, args: unknown[]): unknown {
      if (getWorld() !== undefined) return inside();
      return (read() as Call).apply(self, args);
    },
  });
  Object.defineProperty(holder, name, {
    get: () => (getWorld() === undefined ? read() : patch),
    set: write,
    enumerable,
    configurable: true,
  });
  ensureRealm().patches.add(patch);
}

type Call = (...args: unknown[]) => unknown;

/** A world of nobody's: what handlers are shown can be looked at in it. */
const NOBODY = {} as SandboxWorld;

/** Binds a property as it is now, whether it holds a value or calls accessors. */
function bindProperty(holder: object, name: string) {
  const descriptor = Object.getOwnPropertyDescriptor(holder, name);
  let value: unknown = Reflect.get(holder, name);
  const isAccessor = descriptor?.get !== undefined;
  return {
    enumerable: descriptor?.enumerable ?? true,
    read: (): unknown => (isAccessor ? (descriptor.get?.call(holder) as unknown) : value),
    write: (next: unknown): void => {
      if (isAccessor) descriptor.set?.call(holder, next);
      else value = next;
    },
  };
}
