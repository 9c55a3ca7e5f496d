/** The scopes of functions as the platform runs them; see `world.ts` for what they see. */
import { ActionWorld, type ActionWorldOptions } from "./actionWorld.js";
import { FACADES } from "./facades/index.js";
import type { GlobalScope } from "./globals.js";
import { TransactionWorld, type TransactionWorldOptions } from "./transactionWorld.js";
import type { World } from "./world.js";

interface ScopeOptions {
  /** What `process.env` holds; `process` has nothing else. @defaultValue empty */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export type TransactionScopeOptions = TransactionWorldOptions & ScopeOptions;
export type ActionScopeOptions = ActionWorldOptions & ScopeOptions;

/** The globals of a query or a mutation; one scope per frame. */
export function createTransactionScope(options: TransactionScopeOptions): GlobalScope {
  return createScope(new TransactionWorld(options), options);
}

/** The globals of an action, and the end of what it left behind. */
export function createActionScope(
  options: ActionScopeOptions,
): GlobalScope & { clearTimers(): void } {
  const world = new ActionWorld(options);
  return { ...createScope(world, options), clearTimers: () => world.clearTimers() };
}

function createScope(world: World, { env = {} }: ScopeOptions): GlobalScope {
  const overrides = Object.create(FACADES) as Record<string, unknown>;
  overrides.process = { env };
  return { overrides, world };
}
