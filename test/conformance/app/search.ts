/** Text search. */
import { mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

import { attemptEach } from "./attempt.js";

/** Rows found by words, best first. */
export const searched = queryGeneric({
  args: {
    words: v.string(),
    category: v.optional(v.string()),
    take: v.optional(v.number()),
  },
  handler: async (ctx, { words, category, take }) => {
    const rows = await ctx.db
      .query("notes")
      .withSearchIndex("by_text", (q: any) => {
        const search = q.search("text", words);
        return category === undefined ? search : search.eq("category", category);
      })
      .take(take ?? 100);
    return rows.map((row: any) => row.text);
  },
});

/** Searches that are refused. */
export const searchErrors = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const notes = (search: (q: any) => any): any =>
      ctx.db.query("notes").withSearchIndex("by_text", search);
    return await attemptEach({
      ordered: () => notes((q) => q.search("text", "a")).order("asc"),
      otherField: () => notes((q) => q.search("text", "a").eq("text", "a")).collect(),
      wrongSearchField: () => notes((q) => q.search("category", "a")).collect(),
    });
  },
});

/** Written and searched in one transaction. */
export const searchOwnWrite = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("notes", { text: "fresh bread", category: "food" });
    const rows = await ctx.db
      .query("notes")
      .withSearchIndex("by_text", (q: any) => q.search("text", "bread"))
      .collect();
    return rows.map((row: any) => row.text);
  },
});
