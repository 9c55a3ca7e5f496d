/**
 * Claims that were taken from an executor that may live: by a cancel, a restart, an operator.
 *
 * Owns the `revocations` rows. They are told to the executor with its commits, as a rider,
 * until one says that they were heard. So an executor learns of them within a heartbeat,
 * however long its step takes, and its commits need not ask about each claim that it holds.
 *
 * Invariants:
 * - V1 Whoever ends a claim in the name of somebody else than its holder, or of its recovery,
 *   leaves a revocation in the same transaction. It is a blind insert, and is read in a
 *   snapshot: cancels conflict with each other as little as with commits.
 * - V2 A revocation goes when it was heard, or with its executor.
 */
import { v } from "convex/values";
import type { Revoked } from "../shared/commit.js";
import { REVOCATIONS_PAGE } from "../shared/constants.js";
import { internal } from "./_generated/api.js";
import { internalMutation } from "./_generated/server.js";
import {
  loadById,
  type Doc,
  type Id,
  type MutationCtx,
  type QueryCtx,
} from "./functions.js";

/** Ends a claim though its holder has not asked for it (V1). */
export async function revokeClaim(
  ctx: MutationCtx,
  { _id: claim, executor }: Doc<"claims">,
): Promise<void> {
  await ctx.db.delete("claims", claim);
  await ctx.db.insert("revocations", { executor, claim });
}

/** Lists the oldest of what was taken from an executor, a page beyond those it has heard of. */
export async function listRevoked(
  ctx: QueryCtx,
  executor: Id<"heartbeats">,
  heard: readonly string[],
): Promise<Revoked[]> {
  const known = new Set(heard.slice(0, REVOCATIONS_PAGE));
  const rows = await load(ctx, executor, known.size + REVOCATIONS_PAGE);
  return rows
    .filter(({ _id }) => !known.has(_id))
    .slice(0, REVOCATIONS_PAGE)
    .map(({ _id, claim }) => ({ row: _id, claim }));
}

/** Removes those that were heard of (V2); those that are gone already are no matter. */
export async function forgetHeard(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
  heard: readonly string[],
): Promise<void> {
  const rows = await Promise.all(
    heard
      .slice(0, REVOCATIONS_PAGE)
      .map(async (row) => await loadById(ctx, "revocations", row)),
  );
  for (const row of rows)
    if (row?.executor === executor) await ctx.db.delete("revocations", row._id);
}

/** Removes what nobody will hear of any more (V2), a page at a time. */
export async function dropRevocations(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
): Promise<void> {
  const rows = await load(ctx, executor, REVOCATIONS_PAGE);
  for (const { _id } of rows) await ctx.db.delete("revocations", _id);
  if (rows.length < REVOCATIONS_PAGE) return;
  await ctx.scheduler.runAfter(0, internal.revocations.drop, { executor });
}

/** Goes on with the removal. */
export const drop = internalMutation({
  args: { executor: v.id("heartbeats") },
  returns: v.null(),
  handler: async (ctx, { executor }) => {
    await dropRevocations(ctx, executor);
    return null;
  },
});

async function load(
  ctx: QueryCtx,
  executor: Id<"heartbeats">,
  count: number,
): Promise<Doc<"revocations">[]> {
  return await ctx.db
    .query("revocations")
    .withIndex("by_executor", (q) => q.eq("executor", executor))
    .take(count);
}
