/** Rows of the component, and functions that its parent may or may not call. */
import {
  componentsGeneric,
  internalQueryGeneric,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { ConvexError, v } from "convex/values";

const { leaf } = componentsGeneric() as any;

export const add = mutationGeneric({
  args: { label: v.string() },
  returns: v.id("entries"),
  handler: async (ctx, { label }) => await ctx.db.insert("entries", { label }),
});

export const addAndFail = mutationGeneric({
  args: { label: v.string() },
  handler: async (ctx, { label }) => {
    await ctx.db.insert("entries", { label });
    throw new ConvexError({ lost: label });
  },
});

export const list = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const rows = await ctx.db.query("entries").collect();
    return rows.map((row: any) => row.label);
  },
});

/** Takes only ids of its own table. */
export const take = queryGeneric({
  args: { id: v.id("entries") },
  handler: async () => "taken",
});

/** Takes ids of other components, as they must be passed. */
export const takeForeign = queryGeneric({
  args: { id: v.string() },
  handler: async () => "taken",
});

export const hidden = internalQueryGeneric({ args: {}, handler: async () => "hidden" });

export const countCounters = queryGeneric({
  args: {},
  handler: async (ctx) => (await ctx.db.query("counters").collect()).length,
});

/** Empties the component and its child, and cancels what they have pending. */
export const clear = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    for (const table of ["entries", "counters"]) {
      for (const row of await ctx.db.query(table).collect()) {
        await ctx.db.delete(row._id);
      }
    }
    for (const job of await ctx.db.system.query("_scheduled_functions").collect()) {
      if (job.state.kind === "pending") {
        await ctx.scheduler.cancel(job._id);
      }
    }
    await ctx.runMutation(leaf.leaves.clear, {});
    return null;
  },
});

/** Pages in a component. */
export const page = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const { page: rows } = await ctx.db
      .query("entries")
      .paginate({ numItems: 2, cursor: null });
    return rows.length;
  },
});

/** Writes here and in the child, which may fail. */
export const addBelow = mutationGeneric({
  args: { label: v.string(), fails: v.boolean() },
  handler: async (ctx, { label, fails }): Promise<string[]> => {
    await ctx.db.insert("entries", { label });
    await ctx.runMutation(leaf.leaves.add, { label, fails });
    return await ctx.runQuery(leaf.leaves.list, {});
  },
});
