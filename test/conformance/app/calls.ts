/** Functions that call functions: queries and mutations inside one transaction. */
import {
  actionGeneric,
  internalMutationGeneric,
  internalQueryGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { ConvexError, v } from "convex/values";

import { attempt, attemptEach } from "./attempt.js";

const query = (name: string): any => makeFunctionReference<"query">(`calls:${name}`);
const mutation = (name: string): any =>
  makeFunctionReference<"mutation">(`calls:${name}`);
const action = (name: string): any => makeFunctionReference<"action">(`calls:${name}`);

export const countItems = internalQueryGeneric({
  args: {},
  handler: async (ctx) => (await ctx.db.query("items").collect()).length,
});

export const insertItem = internalMutationGeneric({
  args: { key: v.any(), fails: v.optional(v.boolean()) },
  handler: async (ctx, { key, fails }) => {
    await ctx.db.insert("items", { key });
    if (fails) {
      throw new ConvexError({ code: "REFUSED", key });
    }
    return key;
  },
});

class Rejected extends Error {
  override name = "Rejected";
  readonly detail = "lost on the way";
}

export const throwing = queryGeneric({
  args: { how: v.string() },
  handler: async (_, { how }) => {
    if (how === "error") throw new Error("plain words");
    if (how === "class") throw new Rejected("of a class");
    if (how === "data") throw new ConvexError({ code: 7n, list: [1, "a"] });
    if (how === "text") throw new ConvexError("text data");
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- The case is about it.
    if (how === "string") throw "not an error";
    return "nothing thrown";
  },
});

export const throwingAction = actionGeneric({
  args: { how: v.string() },
  handler: async (ctx, { how }) => await ctx.runQuery(query("throwing"), { how }),
});

/** What a caller in the same transaction sees of an error. */
export const catchNested = queryGeneric({
  args: { how: v.string() },
  handler: async (ctx, { how }) =>
    await describeError(() => ctx.runQuery(query("throwing"), { how })),
});

/** What an action sees of an error, by way of a query or another action. */
export const catchInAction = actionGeneric({
  args: { how: v.string(), by: v.union(v.literal("query"), v.literal("action")) },
  handler: async (ctx, { how, by }) =>
    await describeError(() =>
      by === "query"
        ? ctx.runQuery(query("throwing"), { how })
        : ctx.runAction(action("throwingAction"), { how }),
    ),
});

async function describeError(call: () => Promise<unknown>) {
  try {
    await call();
    return null;
  } catch (thrown: any) {
    return {
      message: thrown.message as string,
      name: thrown.name as string,
      detail: (thrown.detail ?? null) as string | null,
      isConvexError: thrown instanceof ConvexError,
      data: thrown.data ?? null,
    };
  }
}

/** A nested mutation that throws takes back its writes, and only those. */
export const rollBack = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("items", { key: "before" });
    const outcome = await attempt(() =>
      ctx.runMutation(mutation("insertItem"), { key: "inside", fails: true }),
    );
    const afterwards = await ctx.runQuery(query("countItems"), {});
    await ctx.db.insert("items", { key: "after" });
    return { outcome, afterwards };
  },
});

/** Rolls back the outer write when the nested error is not caught. */
export const rollBackAll = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("items", { key: "before" });
    await ctx.runMutation(mutation("insertItem"), { key: "inside", fails: true });
  },
});

export const insertTwoLevels = internalMutationGeneric({
  args: { innerFails: v.boolean(), fails: v.boolean() },
  handler: async (ctx, { innerFails, fails }) => {
    await ctx.db.insert("items", { key: "middle" });
    await attempt(() =>
      ctx.runMutation(mutation("insertItem"), { key: "inner", fails: innerFails }),
    );
    if (fails) throw new Error("middle fails");
  },
});

/** Sub-transactions inside sub-transactions. */
export const nestTwice = mutationGeneric({
  args: { innerFails: v.boolean(), fails: v.boolean() },
  handler: async (ctx, args) => {
    await attempt(() => ctx.runMutation(mutation("insertTwoLevels"), args));
    const rows = await ctx.db.query("items").collect();
    return rows.map((row: any) => row.key);
  },
});

/** Nested calls see pending writes, and their callers see theirs. */
export const seePending = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("items", { key: "outer" });
    const seenInside = await ctx.runQuery(query("countItems"), {});
    await ctx.runMutation(mutation("insertItem"), { key: "inner" });
    const seenOutside = (await ctx.db.query("items").collect()).length;
    return { seenInside, seenOutside };
  },
});

/** A query at the snapshot on which the mutation began. */
export const staleSnapshot = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("items", { key: "pending" });
    const options = { useStaleSnapshot: true } as never;
    return {
      stale: await ctx.runQuery(query("countItems"), {}, options),
      current: await ctx.runQuery(query("countItems"), {}),
      afterwards: (await ctx.db.query("items").collect()).length,
    };
  },
});

export const staleInQuery = queryGeneric({
  args: {},
  handler: async (ctx) =>
    await attempt(() =>
      ctx.runQuery(query("countItems"), {}, { useStaleSnapshot: true } as never),
    ),
});

/** Nested mutations that are started at once run one after the other. */
export const parallel = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const outcomes = await Promise.all(
      [1, 2, 3].map((key) =>
        attempt(() => ctx.runMutation(mutation("insertItem"), { key, fails: key === 2 })),
      ),
    );
    const rows = await ctx.db.query("items").collect();
    return {
      failed: outcomes.map((one) => "error" in one),
      keys: rows.map((row: any) => row.key),
    };
  },
});

/** What a query or a mutation may not call, and what is not there. */
export const wrongCalls = mutationGeneric({
  args: {},
  handler: async (ctx) =>
    await attemptEach({
      mutationAsQuery: () => ctx.runQuery(mutation("insertItem"), { key: 1 }),
      queryAsMutation: () => ctx.runMutation(query("countItems"), {}),
      missingFunction: () => ctx.runQuery(query("nothing"), {}),
      missingModule: () =>
        ctx.runQuery(makeFunctionReference<"query">("nothing:nothing"), {}),
      badArgs: () => ctx.runMutation(mutation("insertItem"), { other: 1 }),
      extraArgs: () => ctx.runQuery(query("countItems"), { other: 1 }),
      argsNoObject: () => ctx.runQuery(query("countItems"), [] as never),
      actionOfMutation: () => (ctx as any).runAction === undefined,
    }),
});

/** Calls itself until it is told to stop. */
export const recurse = queryGeneric({
  args: { levels: v.number() },
  handler: async (ctx, { levels }): Promise<number> =>
    levels === 0 ? 0 : 1 + (await ctx.runQuery(query("recurse"), { levels: levels - 1 })),
});

/** From an action each call is a transaction of its own. */
export const fromAction = actionGeneric({
  args: {},
  handler: async (ctx) => {
    const first = await ctx.runMutation(mutation("insertItem"), { key: "kept" });
    const outcome = await attempt(() =>
      ctx.runMutation(mutation("insertItem"), { key: "lost", fails: true }),
    );
    return { first, outcome, count: await ctx.runQuery(query("countItems"), {}) };
  },
});

/** Results of several calls of an action at once. */
export const parallelFromAction = actionGeneric({
  args: {},
  handler: async (ctx) => {
    await Promise.all(
      [1, 2, 3].map((key) => ctx.runMutation(mutation("insertItem"), { key })),
    );
    return await ctx.runQuery(query("countItems"), {});
  },
});
