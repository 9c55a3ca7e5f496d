/** What the component calls by handles, and what it knows of its caller. */
import { actionGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

export const callHandle = mutationGeneric({
  args: { handle: v.string(), args: v.any() },
  handler: async (ctx, { handle, args }): Promise<unknown> => {
    await ctx.db.insert("entries", { label: "before the call" });
    return await ctx.runMutation(handle as never, args as never);
  },
});

export const callActionHandle = actionGeneric({
  args: { handle: v.string(), args: v.any() },
  handler: async (ctx, { handle, args }): Promise<unknown> =>
    await ctx.runAction(handle as never, args as never),
});

export const identity = queryGeneric({
  args: {},
  handler: async (ctx) => (await ctx.auth.getUserIdentity())?.name ?? null,
});

export const metadata = queryGeneric({
  args: {},
  handler: async (ctx) => await ctx.meta.getFunctionMetadata(),
});
