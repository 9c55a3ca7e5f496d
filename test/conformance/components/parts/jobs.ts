/** Functions that the component schedules, for itself and for others. */
import {
  actionGeneric,
  componentsGeneric,
  internalMutationGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { v } from "convex/values";

const { leaf } = componentsGeneric() as any;
const at = (name: string): any => makeFunctionReference<"mutation">(`jobs:${name}`);

export const record = internalMutationGeneric({
  args: { label: v.string() },
  handler: async (ctx, { label }) => {
    await ctx.db.insert("entries", { label });
  },
});

export const schedule = mutationGeneric({
  args: { label: v.string(), delayMs: v.optional(v.number()) },
  handler: async (ctx, { label, delayMs }) =>
    await ctx.scheduler.runAfter(delayMs ?? 0, at("record"), { label }),
});

export const scheduleChild = mutationGeneric({
  args: { label: v.string() },
  handler: async (ctx, { label }) => {
    await ctx.scheduler.runAfter(0, leaf.leaves.add, { label, fails: false });
  },
});

export const scheduleHandle = mutationGeneric({
  args: { handle: v.string(), args: v.any() },
  handler: async (ctx, { handle, args }) =>
    await ctx.scheduler.runAfter(0, handle as never, args as never),
});

export const cancel = mutationGeneric({
  args: { id: v.string() },
  handler: async (ctx, { id }) => {
    await ctx.scheduler.cancel(id as never);
  },
});

export const cancelFromAction = actionGeneric({
  args: { id: v.string() },
  handler: async (ctx, { id }) => {
    await ctx.scheduler.cancel(id as never);
  },
});

export const count = queryGeneric({
  args: {},
  handler: async (ctx) =>
    (await ctx.db.system.query("_scheduled_functions").collect()).length,
});

export const state = queryGeneric({
  args: { id: v.string() },
  handler: async (ctx, { id }) => {
    const job: any = await ctx.db.system.get(id as never);
    return job?.state.kind ?? null;
  },
});

export const countUnfinished = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const jobs = await ctx.db.system.query("_scheduled_functions").collect();
    return jobs.filter(({ state: { kind } }) => /pending|inProgress/.test(kind)).length;
  },
});
