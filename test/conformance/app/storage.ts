/** Files: storing, reading, their metadata, their URLs. */
import { actionGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

import { attempt } from "./attempt.js";

const TEXT = "conformance";

export const storeInAction = actionGeneric({
  args: {},
  handler: async (ctx) => {
    const id = await ctx.storage.store(new Blob([TEXT], { type: "text/plain" }));
    const blob = await ctx.storage.get(id);
    const url = await ctx.storage.getUrl(id);
    const after = await attempt(async () => {
      await ctx.storage.delete(id);
      return await ctx.storage.get(id);
    });
    return { text: await blob?.text(), type: blob?.type, hasUrl: typeof url, after };
  },
});

export const store = actionGeneric({
  args: {},
  handler: async (ctx) =>
    await ctx.storage.store(new Blob([TEXT], { type: "text/plain" })),
});

export const storeInMutation = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const storage: any = ctx.storage;
    return await attempt(async () => {
      const id = await storage.store(new Blob([TEXT], { type: "text/plain" }));
      return await (await storage.get(id)).text();
    });
  },
});

/** What the database shows of a file. */
export const describe = queryGeneric({
  args: { id: v.string() },
  handler: async (ctx, { id }) => {
    const row: any = await ctx.db.system.get(id as never);
    const metadata = await attempt(() => (ctx.storage as any).getMetadata(id));
    const listed = await ctx.db.system.query("_storage").collect();
    return {
      row: { size: row.size, sha256: row.sha256, contentType: row.contentType ?? null },
      metadata,
      isListed: listed.some(({ _id }) => _id === id),
      normalized: ctx.db.system.normalizeId("_storage", id) === id,
    };
  },
});

export const uploadUrl = mutationGeneric({
  args: {},
  handler: async (ctx) => typeof (await ctx.storage.generateUploadUrl()),
});

export const remove = mutationGeneric({
  args: { id: v.string() },
  handler: async (ctx, { id }) => {
    await ctx.storage.delete(id as never);
    return {
      url: await ctx.storage.getUrl(id as never),
      row: await ctx.db.system.get(id as never),
      again: await attempt(() => ctx.storage.delete(id as never)),
    };
  },
});
