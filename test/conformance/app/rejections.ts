/** Promises that reject, with somebody listening or nobody. */
import {
  actionGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from "convex/server";

import { attempt, attemptEach } from "./attempt.js";

/** A promise that rejects with nobody listening. */
const rejectUnheard = async (ctx: any) => {
  void Promise.reject(new Error("nobody listens"));
  await (ctx.db === undefined
    ? new Promise((resolve) => setTimeout(resolve, 1))
    : ctx.db.query("items").first());
  return "returned";
};

export const rejectInQuery = queryGeneric({ args: {}, handler: rejectUnheard });
export const rejectInMutation = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("items", { key: "before" });
    return await rejectUnheard(ctx);
  },
});
export const rejectInAction = actionGeneric({ args: {}, handler: rejectUnheard });

/** The same, but a listener comes before the next microtask drain ends. */
export const rejectHeard = mutationGeneric({
  args: {},
  handler: async () => {
    const rejected = Promise.reject(new Error("somebody listens"));
    return await attempt(() => rejected);
  },
});

/** A handler attached only after another await comes too late. */
export const rejectHeardLate = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const rejected = Promise.reject(new Error("heard too late"));
    await ctx.db.query("items").first();
    return { caught: await attempt(() => rejected) };
  },
});

export const rejectThenCatch = actionGeneric({
  args: {},
  handler: async (ctx) =>
    await attemptEach({
      nested: () =>
        ctx.runAction(makeFunctionReference<"action">("rejections:rejectInAction"), {}),
    }),
});
