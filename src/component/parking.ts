/**
 * Parked workflows: those that the present code could not run (P12).
 *
 * Owns taking them up again. A parked workflow keeps its journal; it is queued again when
 * an operator says so, or when an executor with other code asks.
 */
import { v, type Infer } from "convex/values";
import { OPERATOR_LIMIT_MAX, OPERATOR_PAGE } from "../shared/constants.js";
import { checkWhole } from "../shared/ranges.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import { queueKeyOf, signalWorkflow } from "./queues.js";

export const vUnparkArgs = v.object({
  /** Leave out those that this very code has parked. */
  fingerprint: v.optional(v.string()),
  limit: v.optional(v.number()),
});

/** Says whether anything is parked that the code with this fingerprint has not tried. */
export async function hasParked(ctx: QueryCtx, fingerprint: string): Promise<boolean> {
  return (await loadParked(ctx, fingerprint, 1)).length > 0;
}

/** Queues a page of parked workflows again; answers how many. */
export async function unparkWorkflows(
  ctx: MutationCtx,
  { fingerprint, limit = OPERATOR_PAGE }: Infer<typeof vUnparkArgs>,
): Promise<number> {
  checkWhole("limit", limit, 1, OPERATOR_LIMIT_MAX);
  const page = Math.min(limit, OPERATOR_PAGE);
  const parked = await loadParked(ctx, fingerprint, page);
  for (const workflow of parked) {
    await ctx.db.patch("workflows", workflow._id, {
      state: "running",
      parkedBy: undefined,
      error: undefined,
    });
    await signalWorkflow(ctx, queueKeyOf(workflow));
  }
  return parked.length;
}

/** Loads parked workflows, leaving out those that this very code has parked. */
async function loadParked(
  ctx: QueryCtx,
  fingerprint: string | undefined,
  limit: number,
): Promise<Doc<"workflows">[]> {
  const read = async (side: "all" | "before" | "after") =>
    await ctx.db
      .query("workflows")
      .withIndex("by_parked", (q) => {
        const parked = q.eq("state", "parked");
        if (side === "all" || fingerprint === undefined) return parked;
        return side === "before"
          ? parked.lt("parkedBy", fingerprint)
          : parked.gt("parkedBy", fingerprint);
      })
      .take(limit);
  if (fingerprint === undefined) return await read("all");
  const before = await read("before");
  return before.length > 0 ? before : await read("after");
}
