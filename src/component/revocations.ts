/**
 * Claims that were taken from an executor that may live: by a cancel, a restart, an operator.
 *
 * Owns the `revocations` rows. Each is told to the executor with every commit it makes, until
 * one says that it was heard. So an executor learns of it within a heartbeat, however long
 * its step takes, and its commits need not ask about each claim that it holds.
 *
 * Invariants:
 * - V1 Whoever ends a claim in the name of somebody else than its holder, or of its recovery,
 *   leaves a revocation in the same transaction. It is a blind insert: no two cancels
 *   conflict, and a commit at the same time only runs again.
 * - V2 A revocation goes when it was heard, or with its executor.
 */
import { v } from "convex/values";
import { REVOCATIONS_PAGE } from "../shared/constants.js";
import type { Revoked } from "../shared/commit.js";
import { internal } from "./_generated/api.js";
import { internalMutation } from "./_generated/server.js";
import type { Doc, Id, MutationCtx } from "./functions.js";

/** Ends a claim though its holder has not asked for it (V1). */
export async function revokeClaim(
  ctx: MutationCtx,
  { _id: claim, executor }: Doc<"claims">,
): Promise<void> {
  await ctx.db.delete("claims", claim);
  await ctx.db.insert("revocations", { executor, claim });
}

/** Loads what was taken from an executor, the oldest first, as far as a commit tells of it. */
export async function loadRevocations(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
): Promise<Doc<"revocations">[]> {
  return await ctx.db
    .query("revocations")
    .withIndex("by_executor", (q) => q.eq("executor", executor))
    .take(REVOCATIONS_PAGE);
}

/** Tells of those that were not heard of yet. */
export function tellRevoked(
  rows: readonly Doc<"revocations">[],
  heard: readonly string[] = [],
): { revoked?: Revoked[] } {
  const left = rows.filter(({ _id }) => !heard.includes(_id));
  if (left.length === 0) return {};
  return { revoked: left.map(({ _id, claim }) => ({ row: _id, claim })) };
}

/** Removes those that were heard of (V2). */
export async function forgetHeard(
  ctx: MutationCtx,
  rows: readonly Doc<"revocations">[],
  heard: readonly string[] = [],
): Promise<void> {
  for (const { _id } of rows)
    if (heard.includes(_id)) await ctx.db.delete("revocations", _id);
}

/** Removes what nobody will hear of any more (V2), a page at a time. */
export async function dropRevocations(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
): Promise<void> {
  const rows = await loadRevocations(ctx, executor);
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
