/** Vector search, which only actions have. */
import { actionGeneric } from "convex/server";
import { v } from "convex/values";

import { attemptEach } from "./attempt.js";

/** Ids and scores of the nearest rows. */
export const nearest = actionGeneric({
  args: {
    vector: v.array(v.float64()),
    limit: v.optional(v.number()),
    labels: v.optional(v.array(v.string())),
  },
  handler: async (ctx, { vector, limit, labels }): Promise<any> =>
    await ctx.vectorSearch("embeddings", "by_vector" as never, {
      vector,
      ...(limit === undefined ? {} : { limit }),
      ...(labels === undefined
        ? {}
        : {
            filter: ((q: any) =>
              q.or(...labels.map((label) => q.eq("label", label)))) as never,
          }),
    }),
});

/** Searches that are refused. */
export const errors = actionGeneric({
  args: {},
  handler: async (ctx) => {
    const search = (index: string, query: any) => () =>
      ctx.vectorSearch("embeddings", index as never, query);
    return await attemptEach({
      unknownIndex: search("by_nothing", { vector: [1, 0] }),
      emptyVector: search("by_vector", { vector: [] }),
      wrongDimensions: search("by_vector", { vector: [1, 0, 0] }),
      limitTooLarge: search("by_vector", { vector: [1, 0], limit: 257 }),
    });
  },
});
