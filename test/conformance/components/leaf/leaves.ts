/** Rows of the child component. */
import { mutationGeneric, queryGeneric } from "convex/server";
import { ConvexError, v } from "convex/values";

export const add = mutationGeneric({
  args: { label: v.string(), fails: v.boolean() },
  handler: async (ctx, { label, fails }) => {
    await ctx.db.insert("leaves", { label });
    if (fails) throw new ConvexError({ leaf: label });
  },
});

export const list = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const rows = await ctx.db.query("leaves").collect();
    return rows.map((row: any) => row.label);
  },
});

export const clear = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    for (const row of await ctx.db.query("leaves").collect()) {
      await ctx.db.delete(row._id);
    }
    return null;
  },
});

export const metadata = queryGeneric({
  args: {},
  handler: async (ctx) => await ctx.meta.getFunctionMetadata(),
});
