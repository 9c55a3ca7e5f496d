import { runInStore } from "convex-executor";
import { v } from "convex/values";
import { components } from "./_generated/api.js";
import { query } from "./_generated/server.js";

export const ping = query({
  args: {},
  returns: v.null(),
  handler: async (ctx) =>
    await runInStore(() => ctx.runQuery(components.executor.ping.ping, { alpha: 1 })),
});
