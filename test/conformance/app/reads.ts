/** Reading: indexes, ranges, order, the ways to consume a query, filters, pages. */
import { queryGeneric } from "convex/server";
import { v } from "convex/values";

import { attempt, attemptEach } from "./attempt.js";

const keysOf = (rows: any[]): any[] => rows.map(({ key }) => key ?? null);

/** Names of all rows in the order of the index on "key". */
export const ordered = queryGeneric({
  args: { order: v.union(v.literal("asc"), v.literal("desc")), index: v.string() },
  handler: async (ctx, { order, index }) => {
    const rows = await ctx.db.query("items").withIndex(index).order(order).collect();
    return rows.map((row: any) => row.name);
  },
});

/** Names of the rows within bounds: each step is [operator, field, value]. */
export const ranged = queryGeneric({
  args: { index: v.string(), steps: v.array(v.any()), desc: v.optional(v.boolean()) },
  handler: async (ctx, { index, steps, desc }) => {
    const rows = await ctx.db
      .query("items")
      .withIndex(index, (q: any) => applySteps(q, steps))
      .order(desc ? "desc" : "asc")
      .collect();
    return rows.map((row: any) => row.name);
  },
});

function applySteps(q: any, steps: any[]): any {
  return steps.reduce(
    (range, [operator, field, value]) =>
      range[operator](field, value === "undefined" ? undefined : value),
    q,
  );
}

/** The same bounds by index and by filter; they agree, or the case says how not. */
export const rangedByFilter = queryGeneric({
  args: { operator: v.string(), value: v.any() },
  handler: async (ctx, { operator, value }) => {
    const byIndex = await ctx.db
      .query("items")
      .withIndex("by_key", (q: any) => q[operator]("key", value))
      .collect();
    const byFilter = await ctx.db
      .query("items")
      .withIndex("by_key")
      .filter((q: any) => q[operator](q.field("key"), value))
      .collect();
    const names = (rows: any[]) => rows.map((row) => row.name);
    return { byIndex: names(byIndex), byFilter: names(byFilter) };
  },
});

/** Every way to consume the rows with the keys 1 to 5. */
export const consumed = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const all = () => ctx.db.query("items").withIndex("by_key");
    const iterated: number[] = [];
    for await (const row of all().order("desc")) {
      iterated.push((row as any).key);
      if (iterated.length === 2) break;
    }
    return {
      collect: keysOf(await all().collect()),
      take: keysOf(await all().take(2)),
      takeNone: keysOf(await all().take(0)),
      takeMore: (await all().take(100)).length,
      first: (await all().first())?.key,
      firstDesc: (await all().order("desc").first())?.key,
      iterated,
      takeNegative: await attempt(() => all().take(-1)),
      takeFraction: await attempt(() => all().take(1.5)),
    };
  },
});

/** first and unique of nothing, of one, of more. */
export const single = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const of = (key: number) =>
      ctx.db.query("items").withIndex("by_key", (q: any) => q.eq("key", key));
    return {
      firstOfNone: await of(9).first(),
      uniqueOfNone: await of(9).unique(),
      uniqueOfOne: (await of(1).unique())?.key,
      uniqueOfTwo: await attempt(() => of(2).unique()),
    };
  },
});

/** A query object is used once. */
export const usedTwice = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const query = ctx.db.query("items").withIndex("by_key");
    await query.collect();
    return await attemptEach({
      consumedAgain: () => query.collect(),
      orderedTwice: () =>
        (ctx.db.query("items").order("asc") as any).order("desc").collect(),
    });
  },
});

/** Two scans that run at the same time. */
export const interleaved = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const open = (order: "asc" | "desc"): any =>
      ctx.db.query("items").withIndex("by_key").order(order);
    const up = open("asc");
    const down = open("desc");
    const seen: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      seen.push((await up.next()).value.key, (await down.next()).value.key);
    }
    return seen;
  },
});

/** A table or index that is not there. */
export const unknown = queryGeneric({
  args: {},
  handler: async (ctx) =>
    await attemptEach({
      table: async () => (await ctx.db.query("nowhere").collect()).length,
      index: () => ctx.db.query("items").withIndex("by_nothing").collect(),
      searchIndex: () =>
        ctx.db
          .query("notes")
          .withSearchIndex("by_nothing", (q: any) => q.search("text", "a"))
          .collect(),
    }),
});

/** Names of the rows that pass the filter of this kind. */
export const filtered = queryGeneric({
  args: { kind: v.string() },
  handler: async (ctx, { kind }) => {
    const rows = await ctx.db
      .query("items")
      .withIndex("by_key")
      .filter((q: any) => FILTERS[kind]!(q))
      .collect();
    return rows.map((row: any) => row.name ?? row.key);
  },
});

const FILTERS: Record<string, (q: any) => any> = {
  eq: (q) => q.eq(q.field("key"), 2),
  neq: (q) => q.neq(q.field("key"), 2),
  lt: (q) => q.lt(q.field("key"), 2),
  lte: (q) => q.lte(q.field("key"), 2),
  gt: (q) => q.gt(q.field("key"), 2),
  gte: (q) => q.gte(q.field("key"), 2),
  add: (q) => q.eq(q.add(q.field("key"), q.field("rank")), 3),
  sub: (q) => q.eq(q.sub(q.field("key"), q.field("rank")), 1),
  mul: (q) => q.eq(q.mul(q.field("key"), 2), 4),
  div: (q) => q.eq(q.div(q.field("key"), 2), 1.5),
  mod: (q) => q.eq(q.mod(q.field("key"), 2), 1),
  neg: (q) => q.eq(q.neg(q.field("key")), -2),
  and: (q) => q.and(q.gt(q.field("key"), 1), q.lt(q.field("key"), 3)),
  or: (q) => q.or(q.eq(q.field("key"), 1), q.eq(q.field("key"), 3)),
  not: (q) => q.not(q.eq(q.field("key"), 2)),
  andOfNothing: (q) => q.and(),
  orOfNothing: (q) => q.or(),
  missingIsUndefined: (q) => q.eq(q.field("absent"), undefined),
  nested: (q) => q.eq(q.field("nested.field"), 2),
  fieldToField: (q) => q.eq(q.field("key"), q.field("rank")),
  integerIsNoFloat: (q) => q.eq(q.field("key"), 2n),
  addOfKinds: (q) => q.eq(q.add(q.field("key"), "text"), 3),
  addOfIntegers: (q) => q.eq(q.add(q.field("integer"), 1n), 3n),
  divOfIntegersByZero: (q) => q.eq(q.div(q.field("integer"), 0n), 1n),
  notOfNumber: (q) => q.not(q.field("key")),
  asPredicate: (q) => q.field("key"),
};

/** The filter is applied before what limits the result. */
export const filterThenTake = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const rows = await ctx.db
      .query("items")
      .withIndex("by_key")
      .filter((q: any) => q.gte(q.field("key"), 3))
      .filter((q: any) => q.neq(q.field("key"), 4))
      .take(2);
    return keysOf(rows);
  },
});

/** One page of the rows, with the options as they are. */
export const page = queryGeneric({
  args: {
    options: v.any(),
    desc: v.optional(v.boolean()),
    least: v.optional(v.number()),
  },
  handler: async (ctx, { options, desc, least }) => {
    const query = ctx.db
      .query("items")
      .withIndex("by_key")
      .order(desc ? "desc" : "asc");
    const result = await (
      least === undefined ? query : query.filter((q: any) => q.gte(q.field("key"), least))
    ).paginate(options);
    return { ...result, page: keysOf(result.page) };
  },
});

/** Two pages in one function. */
export const twoPages = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const options = { numItems: 1, cursor: null };
    await ctx.db.query("items").paginate(options);
    return await attempt(() => ctx.db.query("items").paginate(options));
  },
});
