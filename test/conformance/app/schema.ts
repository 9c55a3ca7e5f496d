/**
 * Tables of the conformance app.
 *
 * Every case starts with all of them empty (rows:clear), so cases share tables freely.
 */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

const VECTOR_DIMENSIONS = 2;

export default defineSchema({
  /** Anything goes: values of every kind, indexed. */
  items: defineTable(v.any())
    .index("by_key", ["key"])
    .index("by_key_rank", ["key", "rank"])
    .index("by_nested", ["nested.field"]),
  /** Documents that a validator holds to their shape. */
  tasks: defineTable({
    title: v.string(),
    count: v.optional(v.number()),
    stage: v.optional(v.union(v.literal("open"), v.literal("done"))),
    link: v.optional(v.id("tasks")),
    tags: v.optional(v.array(v.string())),
    owner: v.optional(v.object({ name: v.string(), age: v.optional(v.int64()) })),
    scores: v.optional(v.record(v.string(), v.number())),
  }).index("by_title", ["title"]),
  /** Documents of one of two shapes. */
  shapes: defineTable(
    v.union(
      v.object({ kind: v.literal("circle"), radius: v.number() }),
      v.object({ kind: v.literal("square"), side: v.number() }),
    ),
  ),
  notes: defineTable({ text: v.string(), category: v.string() }).searchIndex("by_text", {
    searchField: "text",
    filterFields: ["category"],
  }),
  embeddings: defineTable({
    label: v.string(),
    vector: v.array(v.float64()),
  }).vectorIndex("by_vector", {
    vectorField: "vector",
    dimensions: VECTOR_DIMENSIONS,
    filterFields: ["label"],
  }),
  /** Stamped with the timestamp of the commit that wrote them. */
  stamps: defineTable({ name: v.string(), ts: v.commitTs() }).index("by_ts", ["ts"]),
  counters: defineTable({ name: v.string(), value: v.number() }).index("by_name", [
    "name",
  ]),
  /** One row per rows:clear: what is older belongs to an earlier case. */
  marks: defineTable({}),
});
