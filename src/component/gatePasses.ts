/**
 * Workflows that hold a gate as a whole (P15).
 *
 * Owns `gatePasses`, and the `gateMoves` by which allocations learn of them. A pass is taken
 * in the transaction that claims the workflow and given back in the one that ends it, so
 * crashes and handoffs neither leak nor double it. Both insert blindly: ends of workflows
 * never conflict over a gate.
 */
import type { Doc, Id, MutationCtx, QueryCtx } from "./functions.js";

/** Notes durably that a workflow has passed its gate; does nothing if it holds it already. */
export async function takePass(
  ctx: MutationCtx,
  workflow: Id<"workflows">,
  { key, weight }: { key: string; weight: number },
): Promise<void> {
  if (await loadPass(ctx, workflow)) return;
  await ctx.db.insert("gatePasses", { key, workflow, weight });
  await ctx.db.insert("gateMoves", { key, weight });
}

/** Gives back what a workflow holds of its gate; costs nothing if it never had one. */
export async function dropPass(
  ctx: MutationCtx,
  workflow: Doc<"workflows">,
): Promise<void> {
  const pass = await loadPassOf(ctx, workflow);
  if (pass) await givePassBack(ctx, pass);
}

/** Loads what a workflow holds of its gate, if it has one. */
export async function loadPassOf(
  ctx: QueryCtx,
  { _id, gate }: Doc<"workflows">,
): Promise<Doc<"gatePasses"> | null> {
  return gate ? await loadPass(ctx, _id) : null;
}

/** Gives a pass back. */
export async function givePassBack(
  ctx: MutationCtx,
  { _id, key, weight }: Doc<"gatePasses">,
): Promise<void> {
  await ctx.db.delete("gatePasses", _id);
  await ctx.db.insert("gateMoves", { key, weight: -weight });
}

async function loadPass(
  ctx: QueryCtx,
  workflow: Id<"workflows">,
): Promise<Doc<"gatePasses"> | null> {
  return await ctx.db
    .query("gatePasses")
    .withIndex("by_workflow", (q) => q.eq("workflow", workflow))
    .unique();
}
