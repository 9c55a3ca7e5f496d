/**
 * Gates as operators see and change them, from the dashboard (P15). Thin registrations, and
 * the list.
 */
import { paginator } from "convex-helpers/server/pagination";
import { v } from "convex/values";
import { GATE_EXECUTORS_MAX, GATES_PAGE } from "../shared/constants.js";
import { computeHeld, vGateLimits } from "../shared/gates.js";
import { mutation, query } from "./_generated/server.js";
import {
  clearLimits,
  pauseGate,
  resolveForce,
  resumeGate,
  setLimits,
} from "./gateSettings.js";
import type { Doc, QueryCtx } from "./functions.js";
import { vGateOverride } from "./gateTables.js";
import schema from "./schema.js";

/**
 * Sets limits of a gate, in force within a second and until `clear`, whatever the code says:
 * `{ key: "anthropic", rate: 2000, per: 60000, concurrency: 50 }`. A limit that is left out
 * is the code's; null is no limit.
 */
export const set = mutation({
  args: { key: v.string(), ...vGateOverride.fields },
  returns: v.null(),
  handler: async (ctx, { key, ...limits }) => {
    await setLimits(ctx, key, limits);
    return null;
  },
});

/** Forgets what `set` has set, and opens a gate that a `retry-after` has closed. */
export const clear = mutation({
  args: { key: v.string() },
  returns: v.null(),
  handler: async (ctx, { key }) => {
    await clearLimits(ctx, key);
    return null;
  },
});

/** Lets nobody pass a gate until `resume`; what has passed goes on. */
export const pause = mutation({
  args: { key: v.string() },
  returns: v.null(),
  handler: async (ctx, { key }) => {
    await pauseGate(ctx, key);
    return null;
  },
});

/** Opens a paused gate. */
export const resume = mutation({
  args: { key: v.string() },
  returns: v.null(),
  handler: async (ctx, { key }) => {
    await resumeGate(ctx, key);
    return null;
  },
});

/** Lists gates by key: their limits, who waits, how much is held. */
export const list = query({
  args: { cursor: v.optional(v.union(v.string(), v.null())) },
  returns: v.object({
    page: v.array(
      v.object({
        key: v.string(),
        limits: vGateLimits,
        /** Whether an operator has set any of them. */
        isOverridden: v.boolean(),
        paused: v.boolean(),
        closedForMs: v.optional(v.number()),
        /** Steps and workflows that wait in executors, and the age of the oldest's workflow. */
        waiting: v.number(),
        oldestAgeMs: v.optional(v.number()),
        /** Weight that has passed and is not given back, as far as it is told. */
        held: v.number(),
        /** Weight of workflows among it that hold the gate as a whole, once counted. */
        heldByWorkflows: v.number(),
        executors: v.number(),
      }),
    ),
    cursor: v.union(v.string(), v.null()),
  }),
  handler: async (ctx, { cursor = null }) => {
    const { page, isDone, continueCursor } = await paginator(ctx.db, schema)
      .query("gates")
      .withIndex("by_key")
      .paginate({ cursor, numItems: GATES_PAGE });
    return {
      page: await Promise.all(page.map(async (gate) => await describe(ctx, gate))),
      cursor: isDone ? null : continueCursor,
    };
  },
});

async function describe(ctx: QueryCtx, gate: Doc<"gates">) {
  const { key, paused, override } = gate;
  const [demands, grants, allocation] = await Promise.all([
    ctx.db
      .query("gateDemands")
      .withIndex("by_key", (q) => q.eq("key", key))
      .take(GATE_EXECUTORS_MAX),
    ctx.db
      .query("gateGrants")
      .withIndex("by_key", (q) => q.eq("key", key))
      .take(GATE_EXECUTORS_MAX),
    ctx.db
      .query("gateAllocations")
      .withIndex("by_key", (q) => q.eq("key", key))
      .unique(),
  ]);
  const released = new Map(demands.map((one) => [one.executor, one.released]));
  const accounts = grants.map(({ executor, granted }) => ({
    executor,
    granted,
    released: released.get(executor) ?? 0,
  }));
  const heldByWorkflows = allocation?.kept ?? 0;
  const oldest = Math.min(
    ...demands.flatMap((one) => one.waiting.map(({ createdAt }) => createdAt)),
  );
  const now = Date.now();
  const closedForMs = gate.closedUntil - now;
  return {
    key,
    limits: resolveForce(gate),
    isOverridden: override !== undefined,
    paused,
    ...(closedForMs > 0 ? { closedForMs } : {}),
    waiting: demands.reduce((sum, { count }) => sum + count, 0),
    ...(Number.isFinite(oldest) ? { oldestAgeMs: now - oldest } : {}),
    held: computeHeld(accounts, heldByWorkflows),
    heldByWorkflows,
    executors: grants.length,
  };
}
