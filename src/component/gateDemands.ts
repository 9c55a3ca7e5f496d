/**
 * An executor's own rows at gates: what it asks for, and where it is granted (P15).
 *
 * Owns when the rows of `gateDemands` and `gateGrants` come and go, and what stands in the
 * former; grants are written by the allocation.
 *
 * Invariant T3: rows of an executor are inserted by its own trade, which its seat must know,
 * and dropped when the seat forgets it: nothing is granted to one that is gone for good.
 */
import { GATE_DROP_PAGE } from "../shared/constants.js";
import type { ToldLimit } from "../shared/limits.js";
import { internal } from "./_generated/api.js";
import {
  loadById,
  type Doc,
  type Id,
  type MutationCtx,
  type QueryCtx,
} from "./functions.js";
import type { Trade } from "./gateTradeShapes.js";

/** Writes what an executor asks for; answers that, and whether it is the first time (T3). */
export async function recordDemand(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
  { key, rows, seen, released, waiting, count, told: news }: Trade,
): Promise<{ demand: Doc<"gateDemands">; isNew: boolean }> {
  const row = await loadDemand(ctx, key, executor, rows?.demand);
  const at = Date.now();
  const told = news && dateTold(news, at);
  const fields = { at, seen, released, waiting, count, ...(told ? { told } : {}) };
  if (row) {
    await ctx.db.patch("gateDemands", row._id, fields);
    return { demand: { ...row, ...fields }, isNew: false };
  }
  const asked = { key, executor, ...fields };
  const _id = await ctx.db.insert("gateDemands", asked);
  await ctx.db.insert("gateGrants", {
    key,
    executor,
    granted: 0,
    runs: [],
    version: 0,
  });
  return { demand: { _id, _creationTime: at, ...asked }, isNew: true };
}

async function loadDemand(
  ctx: QueryCtx,
  key: string,
  executor: Id<"heartbeats">,
  known?: string,
): Promise<Doc<"gateDemands"> | null> {
  const row = await loadById(ctx, "gateDemands", known);
  if (row?.key === key && row.executor === executor) return row;
  return await ctx.db
    .query("gateDemands")
    .withIndex("by_key", (q) => q.eq("key", key).eq("executor", executor))
    .unique();
}

function dateTold(
  { agoMs, ...told }: NonNullable<Trade["told"]>,
  now: number,
): ToldLimit {
  return { ...told, at: now - Math.max(0, agoMs) };
}

/**
 * Drops what a forgotten executor held at gates: its calls have ended with it (T3). The rest
 * of very many gates is dropped in further transactions.
 */
export async function dropTrades(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
): Promise<void> {
  const demands = await ctx.db
    .query("gateDemands")
    .withIndex("by_executor", (q) => q.eq("executor", executor))
    .take(GATE_DROP_PAGE);
  const grants = await ctx.db
    .query("gateGrants")
    .withIndex("by_executor", (q) => q.eq("executor", executor))
    .take(GATE_DROP_PAGE);
  for (const { _id } of demands) await ctx.db.delete("gateDemands", _id);
  for (const { _id } of grants) await ctx.db.delete("gateGrants", _id);
  if (grants.length < GATE_DROP_PAGE) return;
  await ctx.scheduler.runAfter(0, internal.gateViews.drop, { executor });
}
