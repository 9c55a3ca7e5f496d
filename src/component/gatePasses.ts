/**
 * Workflows that hold a gate as a whole (P15).
 *
 * Owns `gatePasses`, and the `gateMoves` by which allocations learn of them. A pass is taken
 * in the transaction that claims the workflow and given back in the one that ends it, so
 * crashes and handoffs neither leak nor double it. Both insert blindly: ends of workflows
 * never conflict over a gate.
 */
import type { Doc, Id, MutationCtx } from "./functions.js";

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
  if (!workflow.gate) return;
  const pass = await loadPass(ctx, workflow._id);
  if (!pass) return;
  await ctx.db.delete("gatePasses", pass._id);
  await ctx.db.insert("gateMoves", { key: pass.key, weight: -pass.weight });
}

async function loadPass(
  ctx: MutationCtx,
  workflow: Id<"workflows">,
): Promise<Doc<"gatePasses"> | null> {
  return await ctx.db
    .query("gatePasses")
    .withIndex("by_workflow", (q) => q.eq("workflow", workflow))
    .unique();
}
