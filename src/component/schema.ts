/** The component's tables. */
import { defineSchema } from "convex/server";

export default defineSchema({});
