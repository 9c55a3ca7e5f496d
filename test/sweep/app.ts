/**
 * The app that scenarios share: functions whose every attempt and effect can be counted.
 *
 * Owns the functions and the tables behind them; a scenario adds its workflows. An app is
 * built once and deployed for each of a scenario's runs.
 */
import {
  actionGeneric,
  componentsGeneric,
  defineSchema,
  defineTable,
  internalActionGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
  type AnyDataModel,
  type FunctionReference,
  type GenericActionCtx,
} from "convex/server";
import { v, type ObjectType } from "convex/values";
import type { CodeSource } from "../../sim/index.js";
import {
  Executor,
  type ExecutorComponent,
  type ExecutorOptions,
  type WorkflowReference,
} from "../../src/client/index.js";
import { vEntryArgs, type EntryArgs } from "../../src/shared/model.js";
import { ledger } from "./ledger.js";
import type { Play } from "./play.js";

const vWork = {
  key: v.string(),
  ms: v.number(),
  failures: v.optional(v.number()),
  /** What a failure asks to wait before the next attempt. */
  retryAfterMs: v.optional(v.number()),
};

export type ActionCtx = GenericActionCtx<AnyDataModel>;

/** Exports of the app's one module; referred to as `app:NAME`. */
export type AppExports = Record<string, unknown>;

/** An app to deploy, and the executor in it. */
export interface App {
  readonly source: CodeSource;
  readonly executor: Executor;
}

/** The executor's own action: what a sweep crashes. */
export const ENTRY = "shards:run";

const component = componentsGeneric().executor as unknown as ExecutorComponent;

const schema = defineSchema({
  /** One row per committed run of a mutation. */
  effects: defineTable({ key: v.string() }),
  /** One row per call of a workflow's callback. */
  callbacks: defineTable({ call: v.any() }),
});

/**
 * Builds an app of the shared functions and a scenario's workflows; `between` may change what
 * its executors call.
 */
export function buildApp(
  options: Omit<Partial<ExecutorOptions>, "entry">,
  define: (executor: Executor) => AppExports,
  between: (ctx: ActionCtx) => ActionCtx = (ctx) => ctx,
): App {
  const executor = new Executor(component, {
    entry: makeFunctionReference(ENTRY) as unknown as ExecutorOptions["entry"],
    shards: 2,
    slotsPerShard: 2,
    idleMs: 150,
    log: () => undefined,
    ...options,
  });
  const app = { ...createFunctions(executor), ...define(executor) };
  const entry = executor.entry({ app }) as unknown as Handled;
  const run = internalActionGeneric({
    args: vEntryArgs.fields,
    handler: async (ctx, self) => await entry._handler(between(ctx), self),
  });
  const modules = { "app.ts": app, "shards.ts": { run } };
  return { source: { schema, modules }, executor };
}

/** A registered action as the platform sees it. */
interface Handled {
  readonly _handler: (ctx: ActionCtx, self: EntryArgs) => Promise<null>;
}

function createFunctions(executor: Executor): AppExports {
  return {
    work: executor.action({
      args: vWork,
      returns: v.string(),
      handler: async (_ctx, args) => await attempt(args),
    }),
    remote: actionGeneric({
      args: vWork,
      handler: async (_ctx, args) => await attempt(args),
    }),
    charge: mutationGeneric({
      args: { key: v.string() },
      handler: async (ctx, { key }) => {
        await ctx.db.insert("effects", { key });
        return key;
      },
    }),
    look: queryGeneric({ args: {}, handler: async () => "seen" }),
    told: mutationGeneric({
      args: { call: v.any() },
      handler: async (ctx, { call }) => {
        await ctx.db.insert("callbacks", { call });
        return null;
      },
    }),
  };
}

/** Takes `ms`, and fails as often as it is told; counted when it begins. */
export async function attempt(
  args: ObjectType<typeof vWork> & {
    /** Whether the first attempt kills its executor, by a rejection that nobody sees. */
    isDeadly?: boolean;
  },
): Promise<string> {
  const nth = ledger().note(args.key);
  if (args.isDeadly && nth === 1)
    setTimeout(() => void Promise.reject(new Error("boom")));
  const leave = ledger().enter();
  await new Promise<void>((resolve) => setTimeout(resolve, args.ms));
  leave();
  const { key, failures = 0, retryAfterMs } = args;
  if (nth <= failures) throw Object.assign(new Error(`${key} fails`), { retryAfterMs });
  return key;
}

/** Begins a scenario with one workflow of the app's `main` for each key, in this order. */
export function startAll(executor: Executor, keys: readonly string[]) {
  return async (play: Play): Promise<void> => {
    const items = keys.map((key) => ({ args: { key }, key }));
    await play.inMutation(async (ctx) =>
      executor.startMany(ctx, workflowRef("main"), items),
    );
  };
}

/** A reference to a workflow of the app. */
export function workflowRef(name: string): WorkflowReference {
  return makeFunctionReference(`app:${name}`) as unknown as WorkflowReference;
}

/** A reference to a function of the app. */
export function ref<Kind extends "query" | "mutation" | "action">(
  name: string,
): FunctionReference<Kind, "internal", any, any> {
  return makeFunctionReference<Kind>(`app:${name}`) as never;
}
