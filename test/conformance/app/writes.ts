/** Insert, get, patch, replace, delete: what they do, return and refuse. */
import { mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

import { attempt, attemptEach } from "./attempt.js";

/** Inserts, changes the row with `change`, and says what is there then. */
const changing = (change: (db: any, id: any) => Promise<unknown>) =>
  mutationGeneric({
    args: { row: v.any() },
    handler: async (ctx, { row }) => {
      const id = await ctx.db.insert("items", row);
      const before = await ctx.db.get(id);
      const returned = await attempt(() => change(ctx.db, id));
      const after = await ctx.db.get(id);
      return {
        returned,
        after: after === null ? null : strip(after),
        keptSystemFields:
          after?._id === before?._id && after?._creationTime === before?._creationTime,
      };
    },
  });

function strip({ _id, _creationTime, ...fields }: any): any {
  return fields;
}

export const patch = changing((db, id) => db.patch(id, { b: 2, nested: { y: 2 } }));
export const patchRemoves = changing((db, id) => db.patch(id, { a: undefined }));
export const patchNestedUndefined = changing((db, id) =>
  db.patch(id, { nested: { x: undefined, z: 1 } }),
);
export const patchOwnSystemFields = changing(async (db, id) => {
  const { _id, _creationTime } = await db.get(id);
  await db.patch(id, { _id, _creationTime, b: 2 });
});
export const patchOtherId = changing((db, id) => db.patch(id, { _id: "other" }));
export const replace = changing((db, id) => db.replace(id, { b: 2 }));
export const replaceOtherTime = changing((db, id) =>
  db.replace(id, { _creationTime: 1, b: 2 }),
);
export const remove = changing((db, id) => db.delete(id));
export const withTableName = changing(async (db, id) => {
  await db.patch("items", id, { b: 2 });
  await db.replace("items", id, { c: 3 });
  return (await db.get("items", id)).c;
});
export const withWrongTableName = changing((db, id) => db.patch("tasks", id, { b: 2 }));
export const getWithWrongTableName = changing((db, id) => db.get("tasks", id));

/** A row that is gone. */
export const gone = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const id = await ctx.db.insert("items", {});
    await ctx.db.delete(id);
    return await attemptEach({
      get: () => ctx.db.get(id),
      patch: () => ctx.db.patch(id, { a: 1 }),
      replace: () => ctx.db.replace(id, { a: 1 }),
      delete: () => ctx.db.delete(id),
    });
  },
});

/** Ids, as far as they can be seen without knowing their form. */
export const ids = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const id = await ctx.db.insert("items", {});
    const other = await ctx.db.insert("items", {});
    return {
      isString: typeof id === "string",
      isUnique: id !== other,
      normalized: ctx.db.normalizeId("items", id) === id,
      ofOtherTable: ctx.db.normalizeId("tasks", id),
      ofNonsense: ctx.db.normalizeId("items", "nonsense"),
      notAnId: await attempt(() => ctx.db.get("nonsense" as any)),
      system: await attempt(() => ctx.db.normalizeId("_storage", id)),
    };
  },
});

/** Arguments that are missing or of the wrong kind. */
export const badArguments = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const db: any = ctx.db;
    const id = await db.insert("items", {});
    return await attemptEach({
      insertNothing: () => db.insert("items"),
      insertText: () => db.insert("items", "text"),
      insertSystem: () => db.insert("_storage", {}),
      insertSystemByTable: () => db.table("_storage").insert({}),
      patchText: () => db.patch(id, "text"),
      getUndefined: () => db.get(undefined),
      getNumber: () => db.get(1),
      querySystem: () => db.query("_storage").collect(),
      querySystemAsUser: () => db.system.query("items").collect(),
    });
  },
});

/** Creation times grow within a transaction. */
export const creationTimes = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const times: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      const row: any = await ctx.db.get(await ctx.db.insert("items", { count }));
      times.push(row._creationTime);
    }
    const isGrowing = times.every(
      (time, index) => index === 0 || time > times[index - 1]!,
    );
    return { isGrowing, isNear: Math.abs(times[0]! - Date.now()) < 60_000 };
  },
});

/** A transaction sees its own writes, in order. */
export const seesOwnWrites = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const read = async () =>
      (await ctx.db.query("items").withIndex("by_key").collect()).map(
        (row: any) => row.key,
      );
    const first = await ctx.db.insert("items", { key: 2 });
    await ctx.db.insert("items", { key: 1 });
    const inserted = await read();
    await ctx.db.patch(first, { key: 0 });
    const patched = await read();
    await ctx.db.delete(first);
    return { inserted, patched, deleted: await read() };
  },
});

/** Rows written while a scan is open. */
export const writesDuringScan = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    for (const key of [1, 3]) {
      await ctx.db.insert("items", { key });
    }
    const seen: number[] = [];
    for await (const row of ctx.db.query("items").withIndex("by_key")) {
      seen.push((row as any).key);
      if (seen.length === 1) {
        await ctx.db.insert("items", { key: 2 });
        await ctx.db.insert("items", { key: 0 });
      }
    }
    return seen;
  },
});

/** The database of a query has no writers. */
export const writersOfQuery = queryGeneric({
  args: {},
  handler: async (ctx) =>
    ["insert", "patch", "replace", "delete"].filter((name) => name in ctx.db),
});

/** What the shared tables hold of other tables' fields: the documents validator decides. */
export const count = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("items", {});
    return await (ctx.db.query("items") as any).count();
  },
});
