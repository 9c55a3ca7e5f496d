/**
 * Who waits at gates, as far as executors have said (P15).
 *
 * Owns this read, for statuses: a point per gate of what the holder of a workflow asked for,
 * and of what it was granted since. May not write.
 */
import { isNamed } from "../shared/gates.js";
import type { Doc, QueryCtx } from "./functions.js";

/** Lists the gates, of those that steps name, at which their workflow is said to wait. */
export async function listWaitedGates(
  ctx: QueryCtx,
  { executor, workflowCreatedAt }: Doc<"claims">,
  steps: readonly Doc<"steps">[],
): Promise<Set<string>> {
  const keys = new Set(steps.flatMap(({ gate }) => gate ?? []));
  const waited = new Set<string>();
  for (const key of keys) {
    const demand = await ctx.db
      .query("gateDemands")
      .withIndex("by_key", (q) => q.eq("key", key).eq("executor", executor))
      .unique();
    const grant = await ctx.db
      .query("gateGrants")
      .withIndex("by_key", (q) => q.eq("key", key).eq("executor", executor))
      .unique();
    if (demand && isNamed(demand, grant?.granted ?? 0, workflowCreatedAt))
      waited.add(key);
  }
  return waited;
}
