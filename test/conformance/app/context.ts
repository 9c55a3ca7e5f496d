/** AsyncLocalStorage, which the runtime has in all kinds of functions. */
import { AsyncLocalStorage } from "node:async_hooks";

import {
  actionGeneric,
  internalQueryGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from "convex/server";

const storage = new AsyncLocalStorage<string>();
const at = (name: string): any => makeFunctionReference<"query">(`context:${name}`);

/** The store across awaits of the database, side by side with another. */
const acrossAwaits = async (ctx: any) =>
  await Promise.all(
    ["one", "two"].map((name) =>
      storage.run(name, async () => {
        const before = storage.getStore();
        await ctx.db.query("items").first();
        const after = storage.getStore();
        const inner = storage.run("inner", () => storage.getStore());
        return [before, after, inner, storage.getStore()];
      }),
    ),
  );

export const inQuery = queryGeneric({ args: {}, handler: acrossAwaits });
export const inMutation = mutationGeneric({ args: {}, handler: acrossAwaits });

export const inAction = actionGeneric({
  args: {},
  handler: async () =>
    await storage.run("outer", async () => {
      const seen: (string | null)[] = [];
      await new Promise<void>((resolve) => {
        setTimeout(() => {
          seen.push(storage.getStore() ?? null);
          resolve();
        }, 5);
      });
      seen.push(storage.getStore() ?? null);
      return seen;
    }),
});

/** Its value is no matter of other functions. */
export const nested = mutationGeneric({
  args: {},
  handler: async (ctx) =>
    await storage.run("outer", async () => {
      const inside = await ctx.runQuery(at("readStore"), {});
      return { inside, outside: storage.getStore() };
    }),
});

export const readStore = internalQueryGeneric({
  args: {},
  handler: async () => storage.getStore() ?? null,
});
