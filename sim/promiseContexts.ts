/**
 * AsyncLocalStorage carried by the engine's promise hooks alone: for a program whose whole
 * code is known, and that does next to nothing but await, such as the benchmark.
 *
 * Owns replacing `node:async_hooks` for the whole process. Node before version 24 numbers
 * every promise and writes every storage into it, which is a fifth of all that a simulated
 * run costs; here a promise takes along one reference.
 *
 * P1. Whoever continues after a promise has the context in which it began to wait; so has
 *     what `nextTick`, `queueMicrotask` and timers call, what is bound to a resource, and who
 *     hears of an unhandled rejection.
 * P2. What Node calls back from outside otherwise (a socket's event, `fs` with a callback)
 *     has no context: in Node's own it has. So nothing that runs the code of strangers
 *     installs this; a test suite on `sim/` has Node's.
 * P3. Who has taken AsyncLocalStorage before it was installed has Node's, and that costs as
 *     much as ever: it comes before all other modules.
 */
import asyncHooks, { AsyncResource as NativeResource } from "node:async_hooks";
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import { promiseHooks } from "node:v8";

/** From this version on Node's own costs no more than this. */
const CHEAP_SINCE_VERSION = 24;

/** What all storages hold, by their places; never changed. */
type Context = readonly unknown[];
type Call = (this: unknown, ...args: unknown[]) => unknown;

/** Where a promise keeps the context in which it was made. */
const CONTEXT = Symbol("context");
type Marked = { [CONTEXT]?: Context };

let current: Context | undefined;
let places = 0;

/**
 * Installs it, unless Node has something as good.
 *
 * @returns whether it is installed now
 */
export function installPromiseContexts(): boolean {
  if (Number.parseInt(process.versions.node) >= CHEAP_SINCE_VERSION) return false;
  hookPromises();
  Object.assign(asyncHooks, {
    AsyncLocalStorage: PromiseStorage,
    AsyncResource: ContextResource,
  });
  for (const holder of [timers, globalThis]) {
    for (const name of ["setTimeout", "setInterval", "setImmediate"] as const)
      bindCallbacks(holder, name);
  }
  bindCallbacks(globalThis, "queueMicrotask");
  bindCallbacks(process, "nextTick");
  bindRejections();
  syncBuiltinESMExports();
  return true;
}

function hookPromises(): void {
  // One is enough: jobs of promises never run inside each other.
  let outer: Context | undefined;
  promiseHooks.createHook({
    init: (promise) => {
      if (current !== undefined) (promise as Marked)[CONTEXT] = current;
    },
    before: (promise) => {
      outer = current;
      current = (promise as Marked)[CONTEXT];
    },
    after: () => {
      current = outer;
    },
  });
}

/** Makes a function that takes a callback call it in the context of whoever gave it. */
function bindCallbacks<Name extends string>(
  holder: Partial<Record<Name, unknown>>,
  name: Name,
): void {
  const original = holder[name] as (callback: unknown, ...rest: unknown[]) => unknown;
  const { bind } = PromiseStorage;
  const bound = (callback: unknown, ...rest: unknown[]): unknown =>
    original.call(holder, isFunction(callback) ? bind(callback) : callback, ...rest);
  // Its promisified form among them.
  Object.defineProperties(bound, Object.getOwnPropertyDescriptors(original));
  holder[name] = bound;
}

/** Who hears of an unhandled rejection does so in the context of its promise. */
function bindRejections(): void {
  type Emit = (event: string | symbol, ...values: unknown[]) => boolean;
  const emit = process.emit.bind(process) as Emit;
  const inContext: Emit = (event, ...values) => {
    if (event !== "unhandledRejection") return emit(event, ...values);
    return runIn((values[1] as Marked)[CONTEXT], () => emit(event, ...values));
  };
  process.emit = inContext as typeof process.emit;
}

/** What is none is Node's to refuse. */
function isFunction(callback: unknown): callback is Call {
  return typeof callback === "function";
}

function runIn<Result>(context: Context | undefined, fn: () => Result): Result {
  const before = current;
  current = context;
  try {
    return fn();
  } finally {
    current = before;
  }
}

/** Of AsyncLocalStorage what exists in Node 20. */
class PromiseStorage<T> {
  readonly #place = places++;

  static bind(this: void, fn: Call): Call {
    const context = current;
    return function (...args) {
      return runIn(context, () => Reflect.apply(fn, this, args));
    };
  }

  static snapshot(): (fn: Call, ...args: unknown[]) => unknown {
    const context = current;
    return (fn, ...args) => runIn(context, () => fn(...args));
  }

  getStore(): T | undefined {
    return current?.[this.#place] as T | undefined;
  }

  run(store: T | undefined, fn: Call, ...args: unknown[]): unknown {
    const before = current;
    current = this.#with(store);
    try {
      return fn(...args);
    } finally {
      current = before;
    }
  }

  exit(fn: Call, ...args: unknown[]): unknown {
    return this.run(undefined, fn, ...args);
  }

  enterWith(store: T): void {
    current = this.#with(store);
  }

  disable(): void {
    current = this.#with(undefined);
  }

  #with(store: T | undefined): Context {
    const context = current === undefined ? [] : [...current];
    context[this.#place] = store;
    return context;
  }
}

/** Node's, with our context. */
class ContextResource extends NativeResource {
  readonly #context = current;

  static override bind<Fn extends (...args: never[]) => unknown>(fn: Fn): Fn {
    return new ContextResource(fn.name || "bound").bind(fn);
  }

  override runInAsyncScope<This, Result>(
    fn: (this: This, ...args: unknown[]) => Result,
    thisArg?: This,
    ...args: unknown[]
  ): Result {
    return runIn(this.#context, () => super.runInAsyncScope(fn, thisArg, ...args));
  }
}
