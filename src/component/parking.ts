/**
 * Parked workflows: those that the present code could not run (P12).
 *
 * Owns taking them up again. A parked workflow keeps its journal; it is queued again when
 * an operator says so, or when an executor with other code asks.
 */
import { v, type Infer } from "convex/values";
import { OPERATOR_PAGE } from "../shared/constants.js";
import type { MutationCtx } from "./functions.js";
import { queueKeyOf, signalWorkflow } from "./queues.js";

export const vUnparkArgs = v.object({
  /** Leave out those that this very code has parked. */
  fingerprint: v.optional(v.string()),
  limit: v.optional(v.number()),
});

/** Queues a page of parked workflows again; answers how many. */
export async function unparkWorkflows(
  ctx: MutationCtx,
  { fingerprint, limit }: Infer<typeof vUnparkArgs>,
): Promise<number> {
  const parked = await ctx.db
    .query("workflows")
    .withIndex("by_state", (q) => q.eq("state", "parked"))
    .take(Math.min(limit ?? OPERATOR_PAGE, OPERATOR_PAGE));
  const others = parked.filter((workflow) => workflow.parkedBy !== fingerprint);
  for (const workflow of others) {
    const state = workflow.startedAt === undefined ? "pending" : "running";
    await ctx.db.patch("workflows", workflow._id, {
      state,
      parkedBy: undefined,
      error: undefined,
    });
    await signalWorkflow(ctx, queueKeyOf(workflow));
  }
  return others.length;
}
