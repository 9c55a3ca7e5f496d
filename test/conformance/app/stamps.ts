/** Commit timestamps, and the snapshot that bounds a scan of them. */
import {
  internalMutationGeneric,
  internalQueryGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { v } from "convex/values";

import { attempt, attemptEach } from "./attempt.js";

const at = (name: string): any => makeFunctionReference<"mutation">(`stamps:${name}`);

export const stamp = mutationGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }) => {
    await ctx.db.insert("stamps", { name, ts: (ctx.db as any).vars.commitTs });
  },
});

/** Two rows of one commit, one of them written by a nested mutation. */
export const stampTwice = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("stamps", { name: "outer", ts: (ctx.db as any).vars.commitTs });
    await ctx.runMutation(at("stamp"), { name: "inner" });
  },
});

export const list = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const rows = await ctx.db.query("stamps").withIndex("by_ts").collect();
    return rows.map(({ name, ts }: any) => ({ name, ts }));
  },
});

/** Returned by a mutation, the placeholder is the commit's timestamp. */
export const returned = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const { commitTs } = (ctx.db as any).vars;
    await ctx.db.insert("stamps", { name: "returned", ts: commitTs });
    return { nested: [commitTs] };
  },
});

export const returnedByQuery = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const row: any = await ctx.db.query("stamps").first();
    return row?.ts ?? null;
  },
});

/** Before the commit it sorts after every timestamp, and passes a validator of integers. */
export const pending = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const { commitTs } = (ctx.db as any).vars;
    await ctx.db.insert("stamps", { name: "fixed", ts: 5n as never });
    const id = await ctx.db.insert("stamps", { name: "pending", ts: commitTs });
    const rows = await ctx.db.query("stamps").withIndex("by_ts").collect();
    const above = await ctx.db
      .query("stamps")
      .withIndex("by_ts", (q: any) => q.gt("ts", 2n ** 62n))
      .collect();
    const row: any = await ctx.db.get(id);
    return {
      order: rows.map(({ name }: any) => name),
      above: above.map(({ name }: any) => name),
      isPlaceholder: row.ts === commitTs,
      asText: String(row.ts),
      asNumber: await attempt(() => row.ts > 1),
    };
  },
});

export const takeStamp = internalMutationGeneric({
  args: { ts: v.any() },
  handler: async (_, { ts }) => ts,
});

export const takeInteger = internalQueryGeneric({
  args: { ts: v.commitTs() },
  handler: async () => "taken",
});

/** Passed to and returned by nested functions. */
export const passed = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const { commitTs } = (ctx.db as any).vars;
    return await attemptEach({
      backFromMutation: async () =>
        (await ctx.runMutation(at("takeStamp"), { ts: commitTs })) === commitTs,
      toQuery: () => ctx.runQuery(at("takeInteger"), { ts: commitTs }),
    });
  },
});

/** Timestamps at the start of this mutation, before and after a nested write. */
export const snapshots = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const before = (ctx.meta as any).getSnapshotTs();
    await ctx.runMutation(at("stamp"), { name: "inside" });
    return { before, after: (ctx.meta as any).getSnapshotTs() };
  },
});

/** The snapshot of this query, and the newest stamp in it. */
export const snapshotAndNewest = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const newest: any = await ctx.db
      .query("stamps")
      .withIndex("by_ts")
      .order("desc")
      .first();
    return { snapshot: (ctx.meta as any).getSnapshotTs(), newest: newest?.ts ?? null };
  },
});

/** Patching a stamp moves the row to the end again. */
export const restamp = mutationGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }) => {
    for (const row of await ctx.db.query("stamps").collect()) {
      if ((row as any).name === name) {
        await ctx.db.patch(row._id, { ts: (ctx.db as any).vars.commitTs });
      }
    }
  },
});
