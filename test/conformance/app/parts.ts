/** The app's side of its component: calls across, and function handles. */
import {
  actionGeneric,
  componentsGeneric,
  createFunctionHandle,
  internalActionGeneric,
  internalMutationGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { ConvexError, v } from "convex/values";

import { attempt, attemptEach } from "./attempt.js";

const { parts } = componentsGeneric() as any;
const at = (name: string): any => makeFunctionReference<"mutation">(`parts:${name}`);

/** Calls functions of the component from a mutation. */
export const call = mutationGeneric({
  args: { path: v.string(), args: v.any() },
  handler: async (ctx, { path, args }) => await ctx.runMutation(resolve(path), args),
});

export const ask = queryGeneric({
  args: { path: v.string(), args: v.any() },
  handler: async (ctx, { path, args }) => await ctx.runQuery(resolve(path), args),
});

export const act = actionGeneric({
  args: { path: v.string(), args: v.any() },
  handler: async (ctx, { path, args }) => await ctx.runAction(resolve(path), args),
});

function resolve(path: string): any {
  return path.split(".").reduce((reference, name) => reference[name], parts);
}

/** The component's writes share the transaction: they go as it goes. */
export const rollBack = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.runMutation(parts.entries.add, { label: "kept" });
    const outcome = await attempt(() =>
      ctx.runMutation(parts.entries.addAndFail, { label: "lost" }),
    );
    return { outcome, labels: await ctx.runQuery(parts.entries.list, {}) };
  },
});

export const failAfterComponent = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.runMutation(parts.entries.add, { label: "lost" });
    throw new Error("app fails");
  },
});

/** What the app may not do to the component. */
export const isolation = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const id: any = await ctx.runMutation(parts.entries.add, { label: "mine" });
    await ctx.db.insert("counters", { name: "app", value: 1 });
    return {
      ...(await attemptEach({
        get: async () => (await ctx.db.get(id)) === null,
        internal: () => ctx.runQuery(parts.entries.hidden, {}),
        grandchild: () => ctx.runQuery(parts.leaf.leaves.list, {}),
        missing: () => ctx.runQuery(parts.entries.nothing, {}),
      })),
      isString: typeof id === "string",
      countersOfComponent: await ctx.runQuery(parts.entries.countCounters, {}),
    };
  },
});

export const recordHandled = internalMutationGeneric({
  args: { label: v.string(), fails: v.optional(v.boolean()) },
  handler: async (ctx, { label, fails }) => {
    await ctx.db.insert("items", { key: label });
    if (fails) throw new ConvexError({ label });
    return `handled ${label}`;
  },
});

export const handledAction = internalActionGeneric({
  args: { label: v.string() },
  handler: async (ctx, { label }): Promise<string> =>
    await ctx.runMutation(at("recordHandled"), { label }),
});

/** Handles, as far as they can be seen without knowing their form. */
export const handles = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const first = await createFunctionHandle(at("recordHandled"));
    const again = await createFunctionHandle(at("recordHandled"));
    const other = await createFunctionHandle(at("handledAction"));
    const ofHandle = await createFunctionHandle(first as never);
    const result: unknown = await ctx.runMutation(
      first as never,
      { label: "direct" } as never,
    );
    return {
      isHandle: first.startsWith("function://"),
      isStable: first === again,
      differs: first !== other,
      ofHandleIsSame: ofHandle === first,
      result,
      ...(await attemptEach({
        missing: () => createFunctionHandle(at("nothing")),
        unknownHandle: () =>
          ctx.runMutation("function://nothing#parts:nothing" as never, {} as never),
      })),
    };
  },
});

/** Hands the component a handle to call back. */
export const callBack = mutationGeneric({
  args: { label: v.string(), fails: v.optional(v.boolean()) },
  handler: async (ctx, { label, fails }) => {
    const handle = await createFunctionHandle(at("recordHandled"));
    return await attempt(() =>
      ctx.runMutation(parts.calls.callHandle, { handle, args: { label, fails } }),
    );
  },
});

export const callBackBadArgs = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const handle = await createFunctionHandle(at("recordHandled"));
    return await attempt(() =>
      ctx.runMutation(parts.calls.callHandle, { handle, args: { other: 1 } }),
    );
  },
});

/** The component schedules the app's function by its handle. */
export const scheduleBack = mutationGeneric({
  args: {},
  handler: async (ctx): Promise<string> => {
    const handle = await createFunctionHandle(at("recordHandled"));
    return await ctx.runMutation(parts.jobs.scheduleHandle, {
      handle,
      args: { label: "scheduled by the component" },
    });
  },
});

/** The component's action calls the app's action by its handle. */
export const actBack = actionGeneric({
  args: {},
  handler: async (ctx): Promise<string> => {
    const handle = await createFunctionHandle(at("handledAction"));
    return await ctx.runAction(parts.calls.callActionHandle, {
      handle,
      args: { label: "from the component's action" },
    });
  },
});

/** The app schedules a function of the component: whose job is it? */
export const scheduleOther = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.scheduler.runAfter(0, parts.entries.add, { label: "scheduled by the app" });
    const own = await ctx.db.system.query("_scheduled_functions").collect();
    const theirs: number = await ctx.runQuery(parts.jobs.count, {});
    return { own: own.length, theirs };
  },
});
