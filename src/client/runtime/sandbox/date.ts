/**
 * Patches `Date` so that a handler's "now" is the time of the settlement that woke it.
 *
 * Only what asks for the current time is changed; parsing, arithmetic and the prototype
 * are the original's, so a date made inside is a date outside.
 */
import { getWorld, isPatch, patchMethod, replaceProperty } from "./realm.js";

/** Patches `Date.now` and the constructor. */
export function patchDate(): void {
  // On the original too: a `Date` captured when a module was loaded then still gives the
  // right `Date.now()`, though not the right `new Date()`.
  patchMethod(globalThis.Date, "now", (world) => world.nowMs);
  patchDateConstructor();
}

function patchDateConstructor(): void {
  const original = globalThis.Date;
  if (isPatch(original)) return;
  const patch: DateConstructor = new Proxy(original, {
    construct(target, args: unknown[], newTarget) {
      const world = getWorld();
      const values = world !== undefined && args.length === 0 ? [world.nowMs] : args;
      // A subclass passes itself as the new target and keeps its prototype.
      return Reflect.construct(
        target,
        values,
        newTarget === patch ? target : newTarget,
      ) as object;
    },
    apply(target, self, args: unknown[]): unknown {
      const world = getWorld();
      if (world === undefined) return Reflect.apply(target, self, args);
      return new target(world.nowMs).toString();
    },
  });
  replaceProperty(globalThis, "Date", patch);
  patchPrototypeConstructor(original, patch);
}

/**
 * `someDate.constructor` is the patch as well, so that it equals `Date` and gives the same
 * now. Fake timers share the native prototype or bring their own; a constructor which is
 * not the one we replaced is left alone, or it would outlive them.
 */
function patchPrototypeConstructor(
  original: DateConstructor,
  patch: DateConstructor,
): void {
  const prototype = original.prototype;
  if (prototype.constructor !== original) return;
  Object.defineProperty(prototype, "constructor", {
    value: patch,
    enumerable: false,
    writable: true,
    configurable: true,
  });
}
