/** The example's tables: documents to review, and their reviews. */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  documents: defineTable({ title: v.string(), text: v.string() }),
  reviews: defineTable({
    documentId: v.id("documents"),
    outline: v.optional(v.string()),
    tone: v.optional(v.string()),
    keywords: v.optional(v.array(v.string())),
    summary: v.optional(v.string()),
  }).index("by_document", ["documentId"]),
});
