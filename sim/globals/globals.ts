/**
 * Globals that depend on who is running: accessors on `globalThis` that look into the
 * running context.
 *
 * Owns the mechanism and no global. What functions see is in `scopes.ts`; another profile
 * may build scopes of its own.
 *
 * G1. Outside of any scope a read gives, and an assignment changes, what was there before,
 *     so fake timers and stubs work as if nothing were installed.
 * G2. Inside a scope a read gives the scope's value if it has one, and an assignment stays
 *     in the scope.
 * G3. What somebody put in the place of an accessor is wrapped by the next install, once.
 */
import { ContextValue } from "../asyncContext.js";
import { SCOPED_GLOBALS } from "../constants/globals.js";
import type { World } from "./world.js";

export interface GlobalScope {
  /**
   * What reads give instead of the realm's values, by name. Inherited properties count, so
   * scopes may share a prototype; assignments land on the object itself.
   */
  readonly overrides: Record<string, unknown>;
  /** What our replacements of globals need to know of the function; none: they do as Node. */
  readonly world?: World;
}

const scopes = new ContextValue<GlobalScope>();
const installedGetters = new WeakSet<object>();

/** The scope of the function that is running, if any. */
export function currentScope(): GlobalScope | undefined {
  return scopes.get();
}

/** Runs `fn`, and all that it starts, with the globals of `scope`. */
export function runWithGlobals<T>(scope: GlobalScope, fn: () => T): T {
  return scopes.run(scope, fn);
}

/** Runs `fn` with the globals of nobody, as our own code and Node's need them. */
export function runWithoutGlobals<T>(fn: () => T): T {
  return scopes.run(undefined, fn);
}

/** Installs the accessors where they are missing; names that do not exist are left out. */
export function installGlobals(names: readonly string[] = SCOPED_GLOBALS): void {
  for (const name of names) installGlobal(name);
}

function installGlobal(name: string): void {
  const own = Object.getOwnPropertyDescriptor(globalThis, name);
  if (own?.configurable === false) return;
  if (isInstalled(own)) return;
  const beneath = own ?? findInherited(name);
  if (beneath === undefined) return;
  const get = (): unknown => {
    const overrides = scopes.get()?.overrides;
    if (overrides !== undefined) {
      const value = overrides[name];
      if (value !== undefined || name in overrides) return value;
    }
    return beneath.get === undefined ? beneath.value : beneath.get.call(globalThis);
  };
  const set = (value: unknown): void => {
    const overrides = scopes.get()?.overrides;
    if (overrides !== undefined) assignOwn(overrides, name, value);
    else if (beneath.set !== undefined) beneath.set.call(globalThis, value);
    else if (beneath.get === undefined && beneath.writable) beneath.value = value;
    else throw new TypeError(`Cannot assign to read only global '${name}'`);
  };
  const enumerable = own?.enumerable ?? false;
  Object.defineProperty(globalThis, name, { get, set, enumerable, configurable: true });
  installedGetters.add(get);
}

function isInstalled(descriptor: PropertyDescriptor | undefined): boolean {
  const getter: unknown =
    descriptor === undefined ? undefined : Reflect.get(descriptor, "get");
  return typeof getter === "function" && installedGetters.has(getter);
}

/** A plain assignment would fail where a prototype's property is an accessor or frozen. */
function assignOwn(overrides: object, name: string, value: unknown): void {
  Object.defineProperty(overrides, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function findInherited(name: string): PropertyDescriptor | undefined {
  let holder = Object.getPrototypeOf(globalThis) as object | null;
  while (holder !== null) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, name);
    if (descriptor !== undefined) return descriptor;
    holder = Object.getPrototypeOf(holder) as object | null;
  }
  return undefined;
}
