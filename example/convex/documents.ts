/** Reading documents and saving what the reviews find. */
import { v } from "convex/values";
import { internalMutation, internalQuery, mutation, query } from "./_generated/server";

/** Adds a document to review. */
export const add = mutation({
  args: { title: v.string(), text: v.string() },
  returns: v.id("documents"),
  handler: async (ctx, document) => await ctx.db.insert("documents", document),
});

/** A document's text, for the workflow. */
export const text = internalQuery({
  args: { documentId: v.id("documents") },
  returns: v.string(),
  handler: async (ctx, { documentId }) => {
    const document = await ctx.db.get("documents", documentId);
    if (!document) throw new Error(`Document ${documentId} is gone.`);
    return document.text;
  },
});

/** Saves what is known of a document so far; runs exactly once per step. */
export const saveOutline = internalMutation({
  args: { documentId: v.id("documents"), outline: v.string() },
  returns: v.id("reviews"),
  handler: async (ctx, review) => await ctx.db.insert("reviews", review),
});

/** Completes a review. */
export const saveReview = internalMutation({
  args: {
    reviewId: v.id("reviews"),
    tone: v.string(),
    keywords: v.array(v.string()),
    summary: v.string(),
  },
  returns: v.null(),
  handler: async (ctx, { reviewId, ...fields }) => {
    await ctx.db.patch("reviews", reviewId, fields);
    return null;
  },
});

/** The reviews so far, newest first; reactive, as every query. */
export const latest = query({
  args: { limit: v.number() },
  handler: async (ctx, { limit }) => {
    const reviews = await ctx.db.query("reviews").order("desc").take(limit);
    return await Promise.all(
      reviews.map(async (review) => {
        const document = await ctx.db.get("documents", review.documentId);
        return { ...review, title: document?.title ?? "(gone)" };
      }),
    );
  },
});
