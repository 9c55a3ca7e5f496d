/**
 * Stand-ins for global objects: the original, with some members replaced, and with what a
 * function assigns to it kept in that function, as on the platform each has its own.
 *
 * F1. One facade serves all functions. A module that keeps `Date.now` in a constant still
 *     gets the time of whichever function calls it.
 * F2. Without a running function a facade is the original: whoever wraps a member of it then
 *     and puts the result there has wrapped the original, not what falls back on it.
 */
import { currentScope } from "../globals.js";
import type { World } from "../world.js";

export interface FacadeOptions<T extends object> {
  readonly name: string;
  readonly target: T;
  /** Members that replace the target's; each asks {@link currentWorld} itself. */
  readonly members: object;
  /** Whether the target's methods only work on the target itself. */
  readonly bindsMethods?: boolean;
  readonly handler?: Pick<ProxyHandler<T>, "apply" | "construct">;
}

/** The world of the function that is running, if any. */
export function currentWorld(): World | undefined {
  return currentScope()?.world;
}

export function createFacade<T extends object>(options: FacadeOptions<T>): T {
  const { name, target, members, bindsMethods = false } = options;
  const bind = bindsMethods ? createBinder(target) : (value: unknown): unknown => value;
  return new Proxy(target, {
    ...options.handler,
    get(_target, key) {
      // Most reads are of what nobody replaces, such as `Math.max`: who asks is not looked up.
      if (!assignedNames.has(name) && !Object.hasOwn(members, key))
        return bind(read(target, key));
      const world = currentWorld();
      const assigned = world?.members.get(name);
      if (assigned !== undefined && key in assigned) return read(assigned, key);
      if (world !== undefined && Object.hasOwn(members, key)) return read(members, key);
      return bind(read(target, key));
    },
    set(_target, key, value) {
      const holder = assignedMembers(name) ?? target;
      return Reflect.set(holder, key, value, holder);
    },
    defineProperty(_target, key, descriptor) {
      const holder = assignedMembers(name);
      if (holder === undefined) return Reflect.defineProperty(target, key, descriptor);
      return Reflect.defineProperty(holder, key, { ...descriptor, configurable: true });
    },
    deleteProperty(_target, key) {
      const holder = assignedMembers(name);
      if (holder === undefined) return Reflect.deleteProperty(target, key);
      return Reflect.set(holder, key, undefined, holder);
    },
    getOwnPropertyDescriptor(_target, key) {
      const world = currentWorld();
      const own = world === undefined ? [] : [world.members.get(name) ?? {}, members];
      const holder = own.find((object) => Object.hasOwn(object, key));
      const descriptor = Reflect.getOwnPropertyDescriptor(holder ?? target, key);
      // A proxy may only call fixed what is fixed in its target.
      if (holder !== undefined && descriptor !== undefined)
        descriptor.configurable = true;
      return descriptor;
    },
  });
}

/** A getter sees its own object, never the proxy: some check what they are called on. */
function read(holder: object, key: PropertyKey): unknown {
  return (holder as Record<PropertyKey, unknown>)[key];
}

/** Facades to which any function has ever assigned anything. */
const assignedNames = new Set<string>();

/** Where the running function keeps what it assigns to the facade of that name. */
function assignedMembers(name: string): object | undefined {
  const world = currentWorld();
  if (world === undefined) return undefined;
  const known = world.members.get(name);
  if (known !== undefined) return known;
  const created = Object.create(null) as object;
  assignedNames.add(name);
  world.members.set(name, created);
  return created;
}

/** Binds methods to their object, each once, so that a method stays equal to itself. */
function createBinder(target: object): (value: unknown) => unknown {
  const bound = new WeakMap<object, unknown>();
  return (value) => {
    if (typeof value !== "function") return value;
    if (!bound.has(value)) bound.set(value, value.bind(target));
    return bound.get(value);
  };
}
