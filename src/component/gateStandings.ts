/**
 * How gates stand, and an executor at them, as trades see it in a snapshot (T2).
 *
 * Owns the shape and the reading of it. Registrations are `gateViews.ts`, for trades alone,
 * and `riderViews.ts`.
 */
import { doc } from "convex-helpers/validators";
import { v, type Infer } from "convex/values";
import { loadById, type Doc, type Id, type QueryCtx } from "./functions.js";
import { loadAllocation } from "./gateReports.js";
import { loadGate } from "./gateSettings.js";
import type { NamedGate } from "./gateTradeShapes.js";
import schema from "./schema.js";

/** A gate, its allocation, and what an executor was granted there. */
export const vStanding = v.object({
  gate: v.union(v.null(), doc(schema, "gates")),
  allocation: v.union(v.null(), doc(schema, "gateAllocations")),
  grant: v.union(v.null(), doc(schema, "gateGrants")),
});
export type Standing = Infer<typeof vStanding>;

/** Loads how some gates stand for an executor. */
export async function loadStandings(
  ctx: QueryCtx,
  executor: Id<"heartbeats">,
  gates: readonly NamedGate[],
): Promise<Standing[]> {
  return await Promise.all(
    gates.map(async ({ key, rows }) => {
      const [gate, allocation, grant] = await Promise.all([
        loadGate(ctx, key, rows?.gate),
        loadAllocation(ctx, key, rows?.allocation),
        loadGrant(ctx, key, executor, rows?.grant),
      ]);
      return { gate, allocation, grant };
    }),
  );
}

async function loadGrant(
  ctx: QueryCtx,
  key: string,
  executor: Id<"heartbeats">,
  known?: string,
): Promise<Doc<"gateGrants"> | null> {
  const row = await loadById(ctx, "gateGrants", known);
  if (row?.key === key && row.executor === executor) return row;
  return await ctx.db
    .query("gateGrants")
    .withIndex("by_key", (q) => q.eq("key", key).eq("executor", executor))
    .unique();
}
