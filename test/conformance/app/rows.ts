/** Fills, lists and empties tables: how cases arrange, and what they start from. */
import { componentsGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const TABLES = ["items", "tasks", "shapes", "notes", "embeddings", "stamps", "counters"];
const { parts } = componentsGeneric() as any;

/** Inserts the rows in this order, and returns their ids. */
export const insert = mutationGeneric({
  args: { table: v.string(), rows: v.array(v.any()) },
  handler: async (ctx, { table, rows }) => {
    const ids: string[] = [];
    for (const row of rows) {
      ids.push(await ctx.db.insert(table, row));
    }
    return ids;
  },
});

/** Every row of the table, in order of creation, without the system fields. */
export const list = queryGeneric({
  args: { table: v.string() },
  handler: async (ctx, { table }) => {
    const rows = await ctx.db.query(table).collect();
    return rows.map(({ _id, _creationTime, ...fields }) => fields);
  },
});

/** Every row of the table as it is. */
export const listWhole = queryGeneric({
  args: { table: v.string() },
  handler: async (ctx, { table }) => await ctx.db.query(table).collect(),
});

/** Deletes the rows of all tables, of the components too, and cancels what is pending. */
export const clear = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    for (const table of TABLES) {
      for (const row of await ctx.db.query(table).collect()) {
        await ctx.db.delete(row._id);
      }
    }
    for (const job of await ctx.db.system.query("_scheduled_functions").collect()) {
      if (job.state.kind === "pending") {
        await ctx.scheduler.cancel(job._id);
      }
    }
    await ctx.runMutation(parts.entries.clear, {});
    for (const mark of await ctx.db.query("marks").collect()) {
      await ctx.db.delete(mark._id);
    }
    await ctx.db.insert("marks", {});
    return null;
  },
});

/** How many scheduled functions have not ended, in the app and its component. */
export const countUnfinished = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const jobs = await ctx.db.system.query("_scheduled_functions").collect();
    const own = jobs.filter(({ state }) => /pending|inProgress/.test(state.kind)).length;
    const others: number = await ctx.runQuery(parts.jobs.countUnfinished, {});
    return own + others;
  },
});

/** Whether this app is there at all, and which edition of it. */
export const edition = queryGeneric({ args: {}, handler: async () => 1 });
