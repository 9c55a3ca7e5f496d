/** Transactions that overlap: who conflicts with whom. */
import {
  actionGeneric,
  internalMutationGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { v } from "convex/values";

import { attempt } from "./attempt.js";

const at = (name: string): any => makeFunctionReference<"mutation">(`occ:${name}`);

/** Long enough for a short mutation to begin and commit meanwhile. */
const LINGER_READS = 30;

/** Takes time without reading anything that others write. */
async function linger(ctx: any): Promise<void> {
  for (let count = 0; count < LINGER_READS; count += 1) {
    await ctx.db.query("embeddings").first();
  }
}

/** Reads a counter, lingers, and writes it back one larger. */
export const increment = mutationGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }) => {
    const row: any = await ctx.db
      .query("counters")
      .withIndex("by_name", (q: any) => q.eq("name", name))
      .unique();
    await linger(ctx);
    await ctx.db.patch(row._id, { value: row.value + 1 });
    return row.value + 1;
  },
});

/** The ways in which `reader` reads "items", and what it then depends on. */
const READS: Record<string, (ctx: any) => Promise<unknown>> = {
  collectRange: (ctx) => between(ctx, 2, 6).collect(),
  takeTwo: (ctx) => between(ctx, 2, 6).take(2),
  takeMany: (ctx) => between(ctx, 2, 6).take(10),
  first: (ctx) => between(ctx, 2, 6).first(),
  firstDesc: (ctx) => between(ctx, 2, 6).order("desc").first(),
  // Repeated after the insert it finds two rows, which is the error that it is made for.
  uniqueOfOne: (ctx) => attempt(() => between(ctx, 4, 4.9).unique()),
  filtered: (ctx) =>
    between(ctx, 2, 6)
      .filter((q: any) => q.eq(q.field("key"), 99))
      .collect(),
  iterateTwo: async (ctx) => {
    let seen = 0;
    for await (const _row of between(ctx, 2, 6)) {
      seen += 1;
      if (seen === 2) break;
    }
  },
  nothing: async () => undefined,
  stale: (ctx) => ctx.runQuery(at("readAll"), {}, { useStaleSnapshot: true }),
  rolledBack: (ctx) => attempt(() => ctx.runMutation(at("readAndFail"), {})),
  nested: (ctx) => ctx.runQuery(at("readAll"), {}),
  byOtherIndex: (ctx) =>
    ctx.db
      .query("items")
      .withIndex("by_nested", (q: any) => q.eq("nested.field", "four"))
      .collect(),
};

function between(ctx: any, low: number, high: number): any {
  return ctx.db
    .query("items")
    .withIndex("by_key", (q: any) => q.gte("key", low).lte("key", high));
}

export const readAll = queryGeneric({
  args: {},
  handler: async (ctx) => (await ctx.db.query("items").collect()).length,
});

export const readAndFail = internalMutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.query("items").collect();
    throw new Error("rolled back");
  },
});

/** Reads in one of those ways, lingers, and writes elsewhere, so that it must commit. */
export const reader = mutationGeneric({
  args: { how: v.string(), writes: v.optional(v.boolean()) },
  handler: async (ctx, { how, writes }) => {
    await READS[how]!(ctx);
    await linger(ctx);
    if (writes !== false) {
      await ctx.db.insert("counters", { name: "read", value: 1 });
    }
  },
});

/** Changes one item while the reader lingers. */
export const writer = mutationGeneric({
  args: { how: v.string(), key: v.number() },
  handler: async (ctx, { how, key }) => {
    if (how === "insert") {
      await ctx.db.insert("items", { key });
      return;
    }
    const row: any = await ctx.db
      .query("items")
      .withIndex("by_key", (q: any) => q.eq("key", key))
      .first();
    if (how === "delete") await ctx.db.delete(row._id);
    if (how === "patchOther") await ctx.db.patch(row._id, { unrelated: "changed" });
    if (how === "patchEqual") await ctx.db.patch(row._id, { key });
    if (how === "move") await ctx.db.patch(row._id, { key: key + 10 });
  },
});

/** Reads a row by id that may be missing, lingers, writes. */
export const readerOfId = mutationGeneric({
  args: { id: v.string() },
  handler: async (ctx, { id }) => {
    const row = await ctx.db.get(id as never);
    await linger(ctx);
    await ctx.db.insert("counters", { name: "read", value: 1 });
    return row === null;
  },
});

export const patchById = mutationGeneric({
  args: { id: v.string() },
  handler: async (ctx, { id }) => {
    await ctx.db.patch(id as never, { touched: Math.random() });
  },
});

/** Many increments of one counter by one action: the bound on retries shows. */
export const storm = actionGeneric({
  args: { calls: v.number() },
  handler: async (ctx, { calls }) => {
    const outcomes = await Promise.all(
      Array.from({ length: calls }, () =>
        attempt(() => ctx.runMutation(at("increment"), { name: "hot" })),
      ),
    );
    const failures = outcomes.flatMap((one) => ("error" in one ? [one.error] : []));
    return { succeeded: calls - failures.length, failure: failures[0] ?? null };
  },
});

export const incrementLater = mutationGeneric({
  args: { times: v.number() },
  handler: async (ctx, { times }) => {
    for (let count = 0; count < times; count += 1) {
      await ctx.scheduler.runAfter(0, at("increment"), { name: "hot" });
    }
  },
});

/** Inserts without reading, in transactions that overlap. */
export const insertBlindly = mutationGeneric({
  args: { key: v.number() },
  handler: async (ctx, { key }) => {
    await ctx.db.insert("items", { key });
    await linger(ctx);
  },
});

/** Sleeps in an action, holding its permit. */
export const hold = actionGeneric({
  args: { ms: v.number() },
  handler: async (_, { ms }) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return "held";
  },
});

/** Holds a permit, and asks for another for its child. */
export const holdTwo = actionGeneric({
  args: { ms: v.number() },
  handler: async (ctx, { ms }): Promise<any> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return await attempt(() => ctx.runAction(at("hold") as never, { ms: 0 } as never));
  },
});

/** Schedules actions that sleep, and says when each began. */
export const scheduleHolds = mutationGeneric({
  args: { count: v.number(), ms: v.number() },
  handler: async (ctx, { count, ms }) => {
    for (let index = 0; index < count; index += 1) {
      await ctx.scheduler.runAfter(0, at("recordHold"), { ms });
    }
  },
});

export const recordHold = actionGeneric({
  args: { ms: v.number() },
  handler: async (ctx, { ms }) => {
    const began = Date.now();
    await new Promise((resolve) => setTimeout(resolve, ms));
    await ctx.runMutation(at("noteHold"), { began, ended: Date.now() });
  },
});

export const noteHold = internalMutationGeneric({
  args: { began: v.number(), ended: v.number() },
  handler: async (ctx, times) => {
    await ctx.db.insert("items", times);
  },
});

/** How many of the noted holds overlapped at most. */
export const overlap = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const holds: any[] = await ctx.db.query("items").collect();
    const together = holds.map(
      ({ began }) =>
        holds.filter((one) => one.began <= began && began < one.ended).length,
    );
    return { holds: holds.length, most: Math.max(0, ...together) };
  },
});
