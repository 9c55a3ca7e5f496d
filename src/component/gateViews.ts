/**
 * What a trade sees in a snapshot, which adds nothing to what it has read (T2).
 *
 * Owns the internal functions behind gates: two queries, and the dropping of what is left.
 */
import { doc } from "convex-helpers/validators";
import { v } from "convex/values";
import { GATE_EXECUTORS_MAX, GATE_MOVES_PAGE } from "../shared/constants.js";
import { internalMutation, internalQuery } from "./_generated/server.js";
import { dropTrades } from "./gateDemands.js";
import { loadStandings, vStanding } from "./gateStandings.js";
import { vNamedGate } from "./gateTradeShapes.js";
import schema from "./schema.js";

/** How gates stand for an executor whose trade goes alone. */
export const standing = internalQuery({
  args: { gates: v.array(vNamedGate), executor: v.id("heartbeats") },
  returns: v.array(vStanding),
  handler: async (ctx, { gates, executor }) => await loadStandings(ctx, executor, gates),
});

/** What all executors ask for at a gate, and passes that were not counted yet. */
export const demands = internalQuery({
  args: { key: v.string() },
  returns: v.object({
    demands: v.array(doc(schema, "gateDemands")),
    moves: v.array(doc(schema, "gateMoves")),
  }),
  handler: async (ctx, { key }) => ({
    demands: await ctx.db
      .query("gateDemands")
      .withIndex("by_key", (q) => q.eq("key", key))
      .take(GATE_EXECUTORS_MAX),
    moves: await ctx.db
      .query("gateMoves")
      .withIndex("by_key", (q) => q.eq("key", key))
      .take(GATE_MOVES_PAGE),
  }),
});

/** Goes on dropping what a forgotten executor held. */
export const drop = internalMutation({
  args: { executor: v.id("heartbeats") },
  returns: v.null(),
  handler: async (ctx, { executor }) => {
    await dropTrades(ctx, executor);
    return null;
  },
});
