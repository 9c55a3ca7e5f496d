/**
 * The operators' functions, for the dashboard and for
 * `npx convex run --component executor operators:NAME '{ … }'`. Thin registrations.
 */
import { v } from "convex/values";
import { vLayout } from "../shared/model.js";
import { mutation, query } from "./_generated/server.js";
import { auditPage, vAuditAnswer, vAuditArgs } from "./audit.js";
import { continueBulk as goOn, startBulk, vBulkAnswer, vBulkOptions } from "./bulk.js";
import { ensureConfig, requireConfig } from "./config.js";
import { bumpSeats, relayoutSeats, startSeats } from "./epochs.js";
import { readDiagnosis } from "./diagnosis.js";
import { vDiagnoseArgs, vDiagnosis } from "./diagnosisShapes.js";
import { pauseDefinition, resumeDefinition } from "./pausing.js";

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

const vFinishedState = v.union(
  v.literal("failed"),
  v.literal("canceled"),
  v.literal("completed"),
);
/** Which workflows a bulk operation means; all by default. */
const vTarget = { shard: v.optional(v.number()), definition: v.optional(v.string()) };

/**
 * Holds back work until `resume`: of one definition, or all there is. What runs may end,
 * and is recorded; nothing new starts. Answers the definitions that are paused.
 */
export const pause = mutation({
  args: { definition: v.optional(v.string()) },
  returns: v.object({ paused: v.array(v.string()) }),
  handler: async (ctx, { definition }) => {
    if (definition !== undefined)
      return { paused: await pauseDefinition(ctx, definition) };
    await bumpSeats(ctx, { restart: false });
    return { paused: (await requireConfig(ctx)).paused ?? [] };
  },
});

/**
 * Ends a pause: of one definition, whose workflows are taken up in pages, or, without one,
 * of everything: executors start again. What was paused by its definition stays paused.
 */
export const resume = mutation({
  args: { definition: v.optional(v.string()) },
  returns: v.union(v.object({ started: v.number() }), vBulkAnswer),
  handler: async (ctx, { definition }) =>
    definition === undefined
      ? { started: await startSeats(ctx) }
      : await resumeDefinition(ctx, definition),
});

/**
 * Fails workflows that wait to begin. With `includeRunning`, also revokes the claims of
 * hot ones and fails their open steps, so that their handlers complete as failures.
 */
export const failPendingTasks = mutation({
  args: { ...vTarget, ...vBulkOptions, includeRunning: v.optional(v.boolean()) },
  returns: v.object({ tasks: vBulkAnswer, running: v.union(vBulkAnswer, v.null()) }),
  handler: async (ctx, { shard, definition, includeRunning, ...options }) => {
    const filter = { shard, definition };
    return {
      tasks: await startBulk(ctx, "failTasks", filter, options),
      running: includeRunning
        ? await startBulk(ctx, "failClaims", filter, options)
        : null,
    };
  },
});

/** Cancels workflows that wait to begin. */
export const clearTaskQueue = mutation({
  args: { ...vTarget, ...vBulkOptions },
  returns: vBulkAnswer,
  handler: async (ctx, { shard, definition, ...options }) =>
    await startBulk(ctx, "clearTasks", { shard, definition }, options),
});

/** Cancels workflows whose handler has to advance. */
export const clearReplayQueue = mutation({
  args: { ...vTarget, ...vBulkOptions },
  returns: vBulkAnswer,
  handler: async (ctx, { shard, definition, ...options }) =>
    await startBulk(ctx, "clearReplays", { shard, definition }, options),
});

/** Cancels every workflow that has not finished, as `executor.cancel` would. */
export const cancelAll = mutation({
  args: { ...vTarget, ...vBulkOptions },
  returns: vBulkAnswer,
  handler: async (ctx, { shard, definition, ...options }) =>
    await startBulk(ctx, "cancel", { shard, definition }, options),
});

/**
 * Restarts failed workflows (or, with `state`, canceled or completed ones), whole or from
 * their first step that has not completed: by definition, shard, time of finishing, and
 * error. One that cannot restart from there is left as it is.
 */
export const restartAll = mutation({
  args: {
    ...vTarget,
    state: v.optional(vFinishedState),
    /** Finished at or after this time, in milliseconds since 1970, and before `to`. */
    from: v.optional(v.number()),
    to: v.optional(v.number()),
    /** The error's code, and what its message contains. */
    errorCode: v.optional(v.string()),
    errorText: v.optional(v.string()),
    fromFailure: v.optional(v.boolean()),
    ...vBulkOptions,
  },
  returns: vBulkAnswer,
  handler: async (ctx, { limit, dryRun, background, ...filter }) =>
    await startBulk(ctx, "restart", filter, { limit, dryRun, background }),
});

/**
 * Deletes finished workflows, with all that belongs to them: by definition, shard, state
 * and time of finishing. Children go with their parents.
 */
export const cleanupAll = mutation({
  args: {
    ...vTarget,
    state: v.optional(vFinishedState),
    from: v.optional(v.number()),
    to: v.optional(v.number()),
    ...vBulkOptions,
  },
  returns: vBulkAnswer,
  handler: async (ctx, { limit, dryRun, background, ...filter }) =>
    await startBulk(ctx, "cleanup", filter, { limit, dryRun, background }),
});

/** Takes up parked workflows again, those that one code has parked or all. */
export const unpark = mutation({
  args: { ...vTarget, parkedBy: v.optional(v.string()), ...vBulkOptions },
  returns: vBulkAnswer,
  handler: async (ctx, { limit, dryRun, background, ...filter }) =>
    await startBulk(ctx, "unpark", filter, { limit, dryRun, background }),
});

/** Makes callbacks due again that had failed too often. */
export const retryOutbox = mutation({
  args: { ...vTarget, ...vBulkOptions },
  returns: vBulkAnswer,
  handler: async (ctx, { shard, definition, ...options }) =>
    await startBulk(ctx, "retryOutbox", { shard, definition }, options),
});

/** Goes on where an operation stopped that was called with `background: false`. */
export const continueBulk = mutation({
  args: { cursor: v.string() },
  returns: vBulkAnswer,
  handler: async (ctx, { cursor }) => await goOn(ctx, cursor),
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
