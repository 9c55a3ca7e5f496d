/** A placeholder, so that there is something to generate: the first actor replaces it. */
import { v } from "convex/values";
import { query } from "./_generated/server.js";

export const ping = query({
  args: { zeta: v.optional(v.string()), alpha: v.number() },
  returns: v.null(),
  handler: () => null,
});
