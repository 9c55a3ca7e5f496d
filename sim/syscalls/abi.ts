/**
 * The global `Convex`, through which the `convex` package reaches a backend.
 *
 * Owns: the one global and the table of syscalls that each asynchronous context sees behind
 * it. Several deployments of either profile may exist at once, and each of them runs user
 * code inside {@link runWithSyscalls} with a table of its own. Knows no operation by name.
 *
 * The global holds no table itself, it only ever looks into the context: the order in which
 * modules load has no effect.
 */
import { ContextValue } from "../asyncContext.js";

/** What the `convex` package calls, in the three shapes in which it calls it. */
export interface SyscallTable {
  /** Answers at once: JSON in, JSON out. */
  syscall(op: string, jsonArgs: string): string;
  asyncSyscall(op: string, jsonArgs: string): Promise<string>;
  /** Takes and returns live objects, such as blobs. */
  jsSyscall(op: string, args: Record<string, unknown>): unknown;
}

/** What convex-test 0.0.60 says in the same place; suites may have it in a snapshot. */
const OUTSIDE_MESSAGE =
  "No active convexTest context. " +
  "Make sure you are calling methods on the object returned by convexTest().";

const tables = new ContextValue<SyscallTable>();

/** The table of the running context, or undefined outside of all deployments. */
export function currentSyscalls(): SyscallTable | undefined {
  return tables.get();
}

/** As {@link currentSyscalls}, for code that only makes sense inside a deployment. */
export function requireSyscalls(): SyscallTable {
  const table = tables.get();
  if (table === undefined) throw new Error(OUTSIDE_MESSAGE);
  return table;
}

/** Runs a function, and all that it starts, with `Convex` leading to a table. */
export function runWithSyscalls<T>(table: SyscallTable, fn: () => T): T {
  installGlobal();
  return tables.run(table, fn);
}

/** Runs a function outside of all deployments, where `Convex` throws when it is used. */
export function runWithoutSyscalls<T>(fn: () => T): T {
  return tables.run(undefined, fn);
}

/** What stood at `Convex` before us: convex-test's own, where a suite uses both. */
let replaced: SyscallTable | undefined;

function tableInCharge(): SyscallTable {
  return tables.get() ?? replaced ?? requireSyscalls();
}

/** The object behind the global: each call goes to the table of the context it is made in. */
const dispatch: SyscallTable = {
  syscall: (op, jsonArgs) => tableInCharge().syscall(op, jsonArgs),
  asyncSyscall: (op, jsonArgs) => tableInCharge().asyncSyscall(op, jsonArgs),
  jsSyscall: (op, args) => tableInCharge().jsSyscall(op, args),
};

/** Puts `Convex` in its place, again should something have replaced it in the meantime. */
export function installGlobal(): void {
  const holder = globalThis as { Convex?: SyscallTable | undefined };
  if (holder.Convex === dispatch) return;
  replaced = holder.Convex;
  holder.Convex = dispatch;
}
