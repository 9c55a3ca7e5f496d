/** The component's own tables; "entries" has a namesake nowhere in the app. */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  entries: defineTable({ label: v.string() }).index("by_label", ["label"]),
  /** Same name as a table of the app: the two share nothing. */
  counters: defineTable({ name: v.string(), value: v.number() }),
});
