/** What functions are told about themselves, their transaction, their request. */
import {
  actionGeneric,
  internalMutationGeneric,
  internalQueryGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { v } from "convex/values";

import { attempt } from "./attempt.js";

const at = (name: string): any => makeFunctionReference<"mutation">(`meta:${name}`);

export const ofQuery = queryGeneric({
  args: {},
  handler: async (ctx) => ({
    function: await ctx.meta.getFunctionMetadata(),
    members: Object.keys(ctx.meta).sort(),
    context: Object.keys(ctx).sort(),
  }),
});

export const ofMutation = internalMutationGeneric({
  args: {},
  handler: async (ctx) => ({
    function: await ctx.meta.getFunctionMetadata(),
    members: Object.keys(ctx.meta).sort(),
  }),
});

export const ofNestedMutation = mutationGeneric({
  args: {},
  handler: async (ctx) => await ctx.runMutation(at("ofMutation"), {}),
});

export const ofAction = actionGeneric({
  args: {},
  handler: async (ctx) => ({
    function: await ctx.meta.getFunctionMetadata(),
    members: Object.keys(ctx.meta).sort(),
  }),
});

export const deployment = queryGeneric({
  args: {},
  handler: async (ctx) => await ctx.meta.getDeploymentMetadata(),
});

export const request = mutationGeneric({
  args: {},
  handler: async (ctx) => await ctx.meta.getRequestMetadata(),
});

/** The request of an action and of what it calls. */
export const requestOfCalls = actionGeneric({
  args: {},
  handler: async (ctx) => {
    const own = await ctx.meta.getRequestMetadata();
    const nested: any = await ctx.runMutation(at("request"), {});
    return { isSame: own.requestId === nested.requestId };
  },
});

/** Records the scheduled function that this run belongs to. */
export const recordRequest = internalMutationGeneric({
  args: {},
  handler: async (ctx) => {
    const { ip, userAgent, scheduledFunctionId } = await ctx.meta.getRequestMetadata();
    await ctx.db.insert("items", { key: scheduledFunctionId, ip, userAgent });
  },
});

export const recordRequestByAction = actionGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.runMutation(at("recordRequest"), {});
  },
});

export const scheduleByName = mutationGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }) => await ctx.scheduler.runAfter(0, at(name), {}),
});

/** Raw syscalls of kinds of functions that do not have them. */
export const syscallsOfAction = actionGeneric({
  args: {},
  handler: async () => {
    const { Convex } = globalThis as any;
    const call = (op: string) =>
      attempt(async () => JSON.parse(await Convex.asyncSyscall(op, "{}")));
    return {
      metrics: await call("1.0/getTransactionMetrics"),
      unknown: await call("1.0/nothing"),
    };
  },
});

export const requestOfQuery = queryGeneric({
  args: {},
  handler: async () => {
    const { Convex } = globalThis as any;
    return await attempt(() => Convex.asyncSyscall("1.0/getRequestMetadata", "{}"));
  },
});

/** The use of the transaction's limits after `work`. */
const metering = (work: (ctx: any) => Promise<unknown>) =>
  mutationGeneric({
    args: {},
    handler: async (ctx) => {
      const before: any = await ctx.meta.getTransactionMetrics();
      await work(ctx);
      const after: any = await ctx.meta.getTransactionMetrics();
      const used: Record<string, number> = {};
      for (const key of Object.keys(before)) {
        const difference = after[key].used - before[key].used;
        if (difference !== 0) used[key] = difference;
      }
      return used;
    },
  });

export const meterInsert = metering((ctx) => ctx.db.insert("items", { key: "a" }));
export const meterGet = metering(async (ctx) => {
  const row = await ctx.db.query("items").first();
  await ctx.db.get(row._id);
});
export const meterMissing = metering((ctx) =>
  ctx.db
    .query("items")
    .withIndex("by_key", (q: any) => q.eq("key", "none"))
    .first(),
);
export const meterFilter = metering((ctx) =>
  ctx.db
    .query("items")
    .filter((q: any) => q.eq(q.field("key"), "none"))
    .collect(),
);
export const meterTake = metering((ctx) => ctx.db.query("items").take(2));
export const meterMerged = metering(async (ctx) => {
  await ctx.db.query("items").take(2);
  await ctx.db.query("items").take(1);
  await ctx.db.query("items").take(2);
});
export const meterPatch = metering(async (ctx) => {
  const row = await ctx.db.query("items").first();
  await ctx.db.patch(row._id, { key: "changed" });
});
export const meterEqualPatch = metering(async (ctx) => {
  const row = await ctx.db.query("items").first();
  await ctx.db.patch(row._id, { key: row.key });
});
export const meterDelete = metering(async (ctx) => {
  const row = await ctx.db.query("items").first();
  await ctx.db.delete(row._id);
});
export const meterSchedule = metering((ctx) =>
  ctx.scheduler.runAfter(60_000, at("recordRequest"), {}),
);
export const meterRollback = metering(async (ctx) => {
  await attempt(() => ctx.runMutation(at("writeReadFail"), {}));
});
export const meterSnapshot = metering(async (ctx) => {
  await ctx.runQuery(at("readAll"), {}, { useStaleSnapshot: true });
});
export const meterNestedQuery = metering((ctx) => ctx.runQuery(at("readAll"), {}));

export const readAll = internalQueryGeneric({
  args: {},
  handler: async (ctx) => (await ctx.db.query("items").collect()).length,
});

export const writeReadFail = internalMutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.query("items").collect();
    await ctx.db.insert("items", { key: "lost" });
    await ctx.scheduler.runAfter(0, at("recordRequest"), {});
    throw new Error("rolled back");
  },
});

/** The limits of a transaction that has done nothing. */
export const limits = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const metrics: any = await ctx.meta.getTransactionMetrics();
    return Object.fromEntries(
      Object.entries(metrics)
        .filter(([key]) => !/^file/.test(key))
        .map(([key, { used, remaining }]: any) => [key, used + remaining]),
    );
  },
});
