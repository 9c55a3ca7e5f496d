/** The deployment from outside: functions of each kind, jobs, time. */
import {
  actionGeneric,
  defineSchema,
  defineTable,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { ConvexError, v } from "convex/values";
import { describe, expect, test } from "vitest";
import { createConvex, type ConvexOptions } from "../index.js";

const schema = defineSchema({
  notes: defineTable({ text: v.string(), rank: v.number() }).index("by_rank", ["rank"]),
});

const add = mutationGeneric({
  args: { text: v.string(), rank: v.number() },
  handler: async (ctx, note) => await ctx.db.insert("notes", note),
});
type Note = { _id: never; text: string; rank: number };
const list = queryGeneric({
  args: {},
  handler: async (ctx) =>
    ((await ctx.db.query("notes").withIndex("by_rank").collect()) as Note[]).map(
      ({ text }) => text,
    ),
});

async function open(
  modules: Record<string, unknown>,
  options: Partial<ConvexOptions> = {},
) {
  return await createConvex({
    app: { schema, modules: { "app.ts": { add, list, ...modules } } },
    ...options,
  });
}
const query = (name: string) => makeFunctionReference<"query">(`app:${name}`);
const mutation = (name: string) =>
  makeFunctionReference<"mutation", Record<string, unknown>>(`app:${name}`);
const action = (name: string) => makeFunctionReference<"action">(`app:${name}`);

describe("functions", () => {
  test("write, and read what is written in the order of an index", async () => {
    const convex = await open({});
    await convex.mutation(mutation("add"), { text: "b", rank: 2 });
    await convex.mutation(mutation("add"), { text: "a", rank: 1 });
    expect(await convex.query(query("list"))).toEqual(["a", "b"]);
    expect(convex.rows("", "notes")).toHaveLength(2);
  });

  test("refuse arguments that do not fit", async () => {
    const convex = await open({});
    await expect(convex.mutation(mutation("add"), { text: 1, rank: 2 })).rejects.toThrow(
      /ArgumentValidationError/,
    );
  });

  test("lose class and fields of their errors, but not the data of a ConvexError", async () => {
    const convex = await open({
      fail: mutationGeneric(async () => {
        throw new ConvexError({ code: 7n });
      }),
      catchIt: actionGeneric(async (ctx) => {
        try {
          await ctx.runMutation(mutation("fail") as never);
        } catch (error) {
          return (error as ConvexError<{ code: bigint }>).data.code;
        }
        return null;
      }),
    });
    expect(await convex.action(action("catchIt"))).toBe(7n);
  });
});

describe("documents that are inserted one after the other", () => {
  test("are in that order, even where a transaction takes no time", async () => {
    const convex = await open({}, { latency: "none" });
    const texts = Array.from({ length: 20 }, (_, index) => `note ${index}`);
    for (const text of texts) await convex.mutation(mutation("add"), { text, rank: 0 });
    expect(await convex.query(query("list"))).toEqual(texts);
    expect(convex.rows<{ text: string }>("", "notes").map(({ text }) => text)).toEqual(
      texts,
    );
  });
});

describe("concurrent mutations", () => {
  test("that read what the other writes are run again, and lose nothing", async () => {
    const convex = await open({
      count: mutationGeneric(async (ctx) => {
        const row = (await ctx.db.query("notes").first()) as Note | null;
        if (row) await ctx.db.patch("notes", row._id, { rank: row.rank + 1 });
        else await ctx.db.insert("notes", { text: "count", rank: 1 });
      }),
    });
    await Promise.all(
      Array.from({ length: 5 }, () => convex.mutation(mutation("count"))),
    );
    expect(convex.rows<{ rank: number }>("", "notes").map(({ rank }) => rank)).toEqual([
      5,
    ]);
    expect(convex.metrics.of("app:count").conflicts).toBeGreaterThan(0);
  });
});

describe("scheduled functions", () => {
  test("run when they are due", async () => {
    const convex = await open({
      later: mutationGeneric(async (ctx) => {
        await ctx.scheduler.runAfter(60_000, mutation("add"), {
          text: "x",
          rank: 1,
        });
      }),
    });
    await convex.mutation(mutation("later"));
    const before = convex.now();
    await convex.runUntilIdle();
    expect(convex.now() - before).toBeGreaterThan(59_000);
    expect(await convex.query(query("list"))).toEqual(["x"]);
    expect(
      convex
        .rows<{ state: unknown }>("", "_scheduled_functions")
        .map(({ state }) => state),
    ).toEqual([{ kind: "success" }]);
  });

  test("that are actions hold time with their timers", async () => {
    const convex = await open({
      nap: actionGeneric(async () => {
        const before = Date.now();
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        return Date.now() - before;
      }),
    });
    expect(await convex.action(action("nap"))).toBeGreaterThanOrEqual(5_000);
  });
});
