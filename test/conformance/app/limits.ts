/** Reaching the limits of a transaction, and budgets of nested calls. */
import {
  internalMutationGeneric,
  internalQueryGeneric,
  makeFunctionReference,
  mutationGeneric,
} from "convex/server";
import { v } from "convex/values";

import { attempt } from "./attempt.js";

const at = (name: string): any => makeFunctionReference<"mutation">(`limits:${name}`);

export const insertMany = internalMutationGeneric({
  args: { count: v.number(), bytes: v.optional(v.number()) },
  handler: async (ctx, { count, bytes }) => {
    for (let key = 0; key < count; key += 1) {
      await ctx.db.insert("items", { key, text: "x".repeat(bytes ?? 1) });
    }
    return count;
  },
});

export const readMany = internalQueryGeneric({
  args: {},
  handler: async (ctx) => (await ctx.db.query("items").collect()).length,
});

export const readOneByOne = internalQueryGeneric({
  args: { count: v.number() },
  handler: async (ctx, { count }) => {
    for (let key = 0; key < count; key += 1) {
      // Distinct keys with room between them: no two of these ranges merge.
      await ctx.db
        .query("items")
        .withIndex("by_key", (q: any) => q.eq("key", key))
        .collect();
    }
    return count;
  },
});

export const scheduleMany = internalMutationGeneric({
  args: { count: v.number() },
  handler: async (ctx, { count }) => {
    for (let index = 0; index < count; index += 1) {
      await ctx.scheduler.runAfter(0, at("insertMany"), { count: 0 });
    }
    return count;
  },
});

const target = v.object({
  name: v.string(),
  args: v.any(),
  transactionLimits: v.optional(v.record(v.string(), v.number())),
});

/** Calls each target with its budget and says how that went. */
export const withBudgets = mutationGeneric({
  args: { calls: v.array(target) },
  handler: async (ctx, { calls }) => {
    const outcomes = [];
    for (const { name, args, transactionLimits } of calls) {
      const options = { transactionLimits } as never;
      outcomes.push(
        await attempt(() =>
          name.startsWith("read")
            ? ctx.runQuery(at(name), args, options)
            : ctx.runMutation(at(name), args, options),
        ),
      );
    }
    return outcomes;
  },
});

/** A nested call with a budget that itself gives out a larger one. */
export const relay = internalMutationGeneric({
  args: { count: v.number(), documentsWritten: v.number() },
  handler: async (ctx, { count, documentsWritten }) =>
    await ctx.runMutation(at("insertMany"), { count }, {
      transactionLimits: { documentsWritten },
    } as never),
});

/** What a nested call can see of its budget. */
export const seeBudget = internalMutationGeneric({
  args: {},
  handler: async (ctx) => {
    const { documentsWritten }: any = await ctx.meta.getTransactionMetrics();
    return documentsWritten;
  },
});

export const budgetSeen = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("items", {});
    return await ctx.runMutation(at("seeBudget"), {}, {
      transactionLimits: { documentsWritten: 5 },
    } as never);
  },
});
