/** Functions and documents with validators, and what violates them. */
import { mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

import { attempt } from "./attempt.js";

const kinds = {
  text: v.string(),
  number: v.number(),
  integer: v.int64(),
  flag: v.boolean(),
  nothing: v.null(),
  bytes: v.bytes(),
  list: v.array(v.number()),
  literal: v.literal("only"),
  either: v.union(v.string(), v.number()),
  record: v.record(v.string(), v.number()),
  object: v.object({ inner: v.string(), maybe: v.optional(v.number()) }),
  id: v.id("tasks"),
};

/** Takes an optional argument of each kind. */
export const accept = queryGeneric({
  args: Object.fromEntries(
    Object.entries(kinds).map(([name, validator]) => [name, v.optional(validator)]),
  ),
  handler: async (_, args) => Object.keys(args).sort(),
});

export const required = queryGeneric({
  args: { text: v.string() },
  handler: async (_, { text }) => text,
});

export const unvalidated = queryGeneric(async (_, args: any) => Object.keys(args).sort());

/** Says it returns a string, and returns what it is given. */
export const returnsText = queryGeneric({
  args: { value: v.any() },
  returns: v.string(),
  handler: async (_, { value }) => value,
});

export const mutationReturnsText = mutationGeneric({
  args: { value: v.any() },
  returns: v.string(),
  handler: async (ctx, { value }) => {
    await ctx.db.insert("items", { key: "written" });
    return value;
  },
});

/** Undefined is returned as null, which the validator sees. */
export const returnsNull = queryGeneric({
  args: {},
  returns: v.null(),
  handler: async () => undefined as unknown as null,
});

/** Writes a document of a validated table. */
export const insertInto = mutationGeneric({
  args: { table: v.string(), row: v.any() },
  handler: async (ctx, { table, row }) => {
    await ctx.db.insert(table, row);
    return "written";
  },
});

/** Patches and replaces are validated as a whole document. */
export const changeTask = mutationGeneric({
  args: { how: v.union(v.literal("patch"), v.literal("replace")), value: v.any() },
  handler: async (ctx, { how, value }) => {
    const id = await ctx.db.insert("tasks", { title: "first", count: 1 });
    const outcome = await attempt(() => (ctx.db as any)[how](id, value));
    const { title, count }: any = await ctx.db.get(id);
    return { outcome, title, count: count ?? null };
  },
});

/** An id of another table is no id of this one. */
export const linkTo = mutationGeneric({
  args: { table: v.string() },
  handler: async (ctx, { table }) => {
    const link: any =
      table === "tasks"
        ? await ctx.db.insert("tasks", { title: "target" })
        : await ctx.db.insert(table, {});
    await ctx.db.insert("tasks", { title: "linked", link });
    return "written";
  },
});

/** A caught validation failure leaves the transaction as it was. */
export const survivesInvalid = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const outcome = await attempt(() => ctx.db.insert("tasks", { title: 1 }));
    await ctx.db.insert("tasks", { title: "after" });
    const rows = await ctx.db.query("tasks").collect();
    return { failed: "error" in outcome, titles: rows.map((row: any) => row.title) };
  },
});
