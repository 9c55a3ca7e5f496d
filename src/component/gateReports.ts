/**
 * How a gate stands, as operators read it: what it may let through, what its provider says,
 * and what it does let through (P15).
 *
 * Owns the shape and the reading of it, bounded and without a write.
 */
import { v, type Infer } from "convex/values";
import { GATES_PAGE, MINUTE, SECOND } from "../shared/constants.js";
import { vGateLimits } from "../shared/gates.js";
import { loadById, type Doc, type QueryCtx } from "./functions.js";
import { resolveForce } from "./gateSettings.js";

export const vGateReport = v.object({
  key: v.string(),
  /** Limits as the code has them, and those in force: an operator's, else the code's. */
  declared: vGateLimits,
  limits: vGateLimits,
  /** Whether an operator has set any of them. */
  isOverridden: v.boolean(),
  paused: v.boolean(),
  closedForMs: v.optional(v.number()),
  /** How long ago a request was sent that its provider refused. */
  refusedAgoMs: v.optional(v.number()),
  /** Of an adaptive gate: what its provider has stated, and how long ago. */
  observed: v.optional(
    v.object({
      rate: v.number(),
      per: v.number(),
      remaining: v.optional(v.number()),
      agoMs: v.number(),
    }),
  ),
  /** Of an adaptive gate: what it lets through, and how long ago that was worked out. */
  effective: v.optional(
    v.object({ rate: v.number(), per: v.number(), agoMs: v.number() }),
  ),
});
export type GateReport = Infer<typeof vGateReport>;

/** Reports on a gate, given its allocation. */
export function reportGate(
  gate: Doc<"gates">,
  allocation: Doc<"gateAllocations"> | null,
): GateReport {
  const { key, declared, override, paused, closedUntil, refusedAt } = gate;
  const now = Date.now();
  const limits = resolveForce(gate);
  const pace = limits.adaptive ? allocation?.pace : undefined;
  const { told } = pace ?? {};
  const { remaining } = told ?? {};
  return {
    key,
    declared,
    limits,
    isOverridden: override !== undefined,
    paused,
    ...(closedUntil > now ? { closedForMs: closedUntil - now } : {}),
    ...(refusedAt > 0 ? { refusedAgoMs: now - refusedAt } : {}),
    ...(told
      ? {
          observed: {
            ...perMinute(told.perSecond),
            ...(remaining === undefined ? {} : { remaining }),
            agoMs: now - told.at,
          },
        }
      : {}),
    ...(pace
      ? { effective: { ...perMinute(pace.perSecond), agoMs: now - pace.at } }
      : {}),
  };
}

/** Reports on the first gates by their keys. */
export async function reportGates(ctx: QueryCtx): Promise<GateReport[]> {
  const gates = await ctx.db.query("gates").withIndex("by_key").take(GATES_PAGE);
  return await Promise.all(
    gates.map(async (gate) => reportGate(gate, await loadAllocation(ctx, gate.key))),
  );
}

/** Loads the allocation of a gate; null before the first. */
export async function loadAllocation(
  ctx: QueryCtx,
  key: string,
  known?: string,
): Promise<Doc<"gateAllocations"> | null> {
  const row = await loadById(ctx, "gateAllocations", known);
  if (row?.key === key) return row;
  return await ctx.db
    .query("gateAllocations")
    .withIndex("by_key", (q) => q.eq("key", key))
    .unique();
}

function perMinute(perSecond: number): { rate: number; per: number } {
  return { rate: Number(((perSecond * MINUTE) / SECOND).toPrecision(6)), per: MINUTE };
}
