/**
 * Counts transactions by wrapping every function that a backend can find.
 *
 * Counted: each query and mutation that is called from an action, by the scheduler or from
 * outside, once per call. Not counted: what a query or mutation calls itself, which is part
 * of the same transaction; actions, which are none; and in-process steps, which are no
 * functions to the backend. A call that throws counts: it cost a transaction too.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { TransactionCount } from "./backend.js";

/** Modules by path; loaded when first needed. */
export type ModuleMap = Record<string, () => Promise<Record<string, unknown>>>;

/** What the code that is running belongs to. */
type Scope = { kind: "action" | "transaction"; name: string; isOpen: boolean };

type Handler = (...args: unknown[]) => unknown;
type Registered = { isQuery?: true; isMutation?: true; isAction?: true };

export class TransactionCounter {
  readonly #scopes = new AsyncLocalStorage<Scope>();
  readonly #counts = new Map<string, TransactionCount>();

  /** Wraps the modules of one component; the app's own component has no path. */
  wrapModules(component: string, modules: ModuleMap): ModuleMap {
    return Object.fromEntries(
      Object.entries(modules).map(([file, load]) => {
        const path = file.replace(/^\.\/|\.\w+$/g, "");
        const name = component === "" ? path : `${component}/${path}`;
        // A backend may load a module for every call; an import is slow even when cached.
        let wrapped: ReturnType<typeof load> | undefined;
        const wrap = async () => this.#wrapModule(name, await load());
        return [file, async () => await (wrapped ??= wrap())];
      }),
    );
  }

  /** What was counted, the most frequent first. */
  counts(): TransactionCount[] {
    return [...this.#counts.values()].sort((a, b) => b.count - a.count);
  }

  #wrapModule(path: string, module: Record<string, unknown>): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(module).map(([name, exported]) => [
        name,
        isRegistered(exported)
          ? this.#wrapFunction(`${path}:${name}`, exported)
          : exported,
      ]),
    );
  }

  #wrapFunction(name: string, registered: Registered & object): unknown {
    const isAction = registered.isAction === true;
    const kind = registered.isQuery ? "query" : "mutation";
    const wrap =
      (handler: Handler): Handler =>
      async (...args) => {
        const outer = this.#scopes.getStore();
        const isNested = outer?.kind === "transaction" && outer.isOpen;
        if (isNested) return await handler(...args);
        if (!isAction) this.#record(name, kind, resolveCaller(outer));
        const scope: Scope = {
          kind: isAction ? "action" : "transaction",
          name,
          isOpen: true,
        };
        try {
          return await this.#scopes.run(scope, async () => await handler(...args));
        } finally {
          scope.isOpen = false;
        }
      };
    // A registered function carries its handler beside its validators.
    return new Proxy(registered, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        return key === "_handler" ? wrap(value as Handler) : value;
      },
    });
  }

  #record(name: string, kind: TransactionCount["kind"], caller: string): void {
    const key = `${name} ${caller}`;
    const count = (this.#counts.get(key)?.count ?? 0) + 1;
    this.#counts.set(key, { name, kind, caller, count });
  }
}

/**
 * Says who called. What a transaction schedules inherits its scope, but runs only after it
 * has ended: a closed transaction means the scheduler.
 */
function resolveCaller(outer: Scope | undefined): string {
  if (outer === undefined) return "outside";
  return outer.kind === "action" ? outer.name : "scheduler";
}

function isRegistered(exported: unknown): exported is Registered & object {
  if (typeof exported !== "function") return false;
  return "isQuery" in exported || "isMutation" in exported || "isAction" in exported;
}
