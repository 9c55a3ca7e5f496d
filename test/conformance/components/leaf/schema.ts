/** The child component's one table. */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({ leaves: defineTable({ label: v.string() }) });
