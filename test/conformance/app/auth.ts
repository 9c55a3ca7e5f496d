/** Who calls, and how far that is known. */
import {
  actionGeneric,
  componentsGeneric,
  internalMutationGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { v } from "convex/values";

const { parts } = componentsGeneric() as any;
const at = (name: string): any => makeFunctionReference<"mutation">(`auth:${name}`);

const readName = async (ctx: any) => (await ctx.auth.getUserIdentity())?.name ?? null;

export const ofQuery = queryGeneric({ args: {}, handler: readName });
export const ofMutation = mutationGeneric({ args: {}, handler: readName });

export const whole = queryGeneric({
  args: {},
  handler: async (ctx) => await ctx.auth.getUserIdentity(),
});

/** The identity by way of an action's calls. */
export const ofCalls = actionGeneric({
  args: {},
  handler: async (ctx) => ({
    own: await readName(ctx),
    query: await ctx.runQuery(at("ofQuery"), {}),
    mutation: await ctx.runMutation(at("ofMutation"), {}),
    component: await ctx.runQuery(parts.calls.identity, {}),
  }),
});

export const ofNested = mutationGeneric({
  args: {},
  handler: async (ctx) => await ctx.runMutation(at("ofMutation"), {}),
});

export const record = internalMutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("items", { key: await readName(ctx) });
  },
});

export const schedule = mutationGeneric({
  args: { unused: v.optional(v.null()) },
  handler: async (ctx) => {
    await ctx.scheduler.runAfter(0, at("record"), {});
  },
});
