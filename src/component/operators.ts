/**
 * The operators' functions, for the dashboard and for
 * `npx convex run --component executor operators:NAME '{ … }'`. Thin registrations.
 */
import { v } from "convex/values";
import { vLayout } from "../shared/model.js";
import { mutation, query } from "./_generated/server.js";
import { auditPage, vAuditAnswer, vAuditArgs } from "./audit.js";
import { runBulk, vBulkAnswer, vBulkArgs } from "./bulk.js";
import { ensureConfig } from "./config.js";
import { bumpSeats, relayoutSeats, startSeats } from "./epochs.js";
import { readDiagnosis, vDiagnoseArgs, vDiagnosis } from "./diagnosis.js";
import { unparkWorkflows, vUnparkArgs } from "./parking.js";

/**
 * Starts an executor on every seat that has none, stopped ones included, and takes over
 * from dead ones. The app passes its layout; from the dashboard leave it out.
 */
export const startExecutors = mutation({
  args: { layout: v.optional(vLayout) },
  returns: v.object({ started: v.number() }),
  handler: async (ctx, { layout }) => {
    const changed = layout && (await ensureConfig(ctx, layout)).isChanged;
    if (changed) await relayoutSeats(ctx);
    return { started: await startSeats(ctx) };
  },
});

/**
 * Makes every executor drain and leave. None starts again until `startExecutors`, unless
 * `restart` is true: then successors start at once.
 */
export const bumpEpoch = mutation({
  args: { restart: v.optional(v.boolean()) },
  returns: v.object({ seats: v.number(), epoch: v.number() }),
  handler: async (ctx, { restart }) =>
    await bumpSeats(ctx, { restart: restart ?? false }),
});

/**
 * Fails workflows that wait to begin. With `includeRunning`, also revokes the claims of
 * hot ones and fails their open steps, so that their handlers complete as failures.
 */
export const failPendingTasks = mutation({
  args: { ...vBulkArgs, includeRunning: v.optional(v.boolean()) },
  returns: v.object({ tasks: vBulkAnswer, running: v.union(vBulkAnswer, v.null()) }),
  handler: async (ctx, { includeRunning, ...args }) => ({
    tasks: await runBulk(ctx, "failTasks", args),
    running: includeRunning ? await runBulk(ctx, "failClaims", args) : null,
  }),
});

/** Cancels workflows that wait to begin. */
export const clearTaskQueue = mutation({
  args: vBulkArgs,
  returns: vBulkAnswer,
  handler: async (ctx, args) => await runBulk(ctx, "clearTasks", args),
});

/** Cancels workflows whose handler has to advance. */
export const clearReplayQueue = mutation({
  args: vBulkArgs,
  returns: vBulkAnswer,
  handler: async (ctx, args) => await runBulk(ctx, "clearReplays", args),
});

/** Takes up parked workflows again, a page at a time. */
export const unpark = mutation({
  args: vUnparkArgs,
  returns: v.object({ unparked: v.number() }),
  handler: async (ctx, args) => ({ unparked: await unparkWorkflows(ctx, args) }),
});

/** Checks the invariants, a page at a time; no violation is the expected answer. */
export const audit = query({
  args: vAuditArgs,
  returns: vAuditAnswer,
  handler: async (ctx, args) => await auditPage(ctx, args),
});

/** Says who serves what, and how deep and old the queues are. */
export const diagnose = query({
  args: vDiagnoseArgs,
  returns: vDiagnosis,
  handler: async (ctx, args) => await readDiagnosis(ctx, args),
});
