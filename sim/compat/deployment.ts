/**
 * What one call of `convexTest` makes: components over one store, their transactions and
 * their scheduler.
 *
 * Owns the state of a test and nothing of how functions run. The running test is found by
 * the table of syscalls of its context, so tests that overlap do not see each other.
 */
import { Store } from "../store/store.js";
import type { SyscallTable } from "../syscalls/abi.js";
import { requireSyscalls } from "../syscalls/abi.js";
import { ComponentDatabase } from "./database.js";
import { countedIds } from "./ids.js";
import type { ModuleGlob, ModuleLoader } from "./modules.js";
import { Layers } from "./layers.js";
import { createModuleLoader } from "./modules.js";
import type { AnySchema } from "./schema.js";
import { Scheduler } from "./scheduler.js";
import type { LimitsConfig } from "./transactions.js";
import { Transactions } from "./transactions.js";

export interface Component {
  readonly database: ComponentDatabase;
  readonly load: ModuleLoader;
}

export class Deployment implements SyscallTable {
  readonly scheduler = new Scheduler();
  readonly layers: Layers;
  readonly transactions: Transactions;
  private readonly store: Store;
  private registrations = 0;
  private readonly components = new Map<string, Component>();

  constructor(
    limits: LimitsConfig,
    private readonly table: SyscallTable,
  ) {
    this.store = new Store({ ids: countedIds() });
    this.layers = new Layers(this.store);
    this.transactions = new Transactions(this.layers, limits);
  }

  /** Adds a component, or begins it anew when it is registered a second time. */
  register(path: string, schema: AnySchema | null, glob: ModuleGlob | undefined): void {
    const database = new ComponentDatabase(
      this.store,
      this.layers,
      () => this.transactions.currentUsage(),
      this.namespacePath(path),
      schema,
    );
    this.components.set(path, { database, load: createModuleLoader(glob) });
  }

  component(path: string): Component {
    const component = this.components.get(path);
    if (component === undefined) {
      throw new Error(
        `Component "${path}" is not registered. Call "t.registerComponent".`,
      );
    }
    return component;
  }

  /** A namespace is never emptied, so a component registered anew has another one. */
  private namespacePath(path: string): string {
    this.registrations += 1;
    return this.components.has(path) ? `${path}#${this.registrations}` : path;
  }

  syscall(op: string, jsonArgs: string): string {
    return this.table.syscall(op, jsonArgs);
  }

  asyncSyscall(op: string, jsonArgs: string): Promise<string> {
    return this.table.asyncSyscall(op, jsonArgs);
  }

  jsSyscall(op: string, args: Record<string, unknown>): unknown {
    return this.table.jsSyscall(op, args);
  }
}

/** The deployment whose code is running. */
export function currentDeployment(): Deployment {
  return requireSyscalls() as Deployment;
}
