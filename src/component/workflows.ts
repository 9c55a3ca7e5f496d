/**
 * The functions that an app calls through `Executor`. Thin registrations.
 */
import { v } from "convex/values";
import { checkEndLimits } from "../shared/ends.js";
import { vLayout } from "../shared/model.js";
import { vStartItem } from "../shared/startItem.js";
import { mutation, query } from "./_generated/server.js";
import { requestCancel } from "./canceling.js";
import { cleanUpWorkflow } from "./cleanup.js";
import { sendEvent as sendEventTo, vSendEventAnswer, vSendEventArgs } from "./events.js";
import { loadWorkflow } from "./functions.js";
import { readStatus, vWorkflowStatus } from "./liveStatus.js";
import { restartWorkflow, vRestartOptions } from "./restart.js";
import { startWorkflows } from "./starting.js";
import {
  listWorkflows,
  listWorkflowSteps,
  vListArgs,
  vListStepsArgs,
  vStepPage,
  vWorkflowPage,
} from "./status.js";

/** Starts a batch of workflows of one definition, whose arguments were validated (P13). */
export const start = mutation({
  args: { definition: v.string(), items: v.array(vStartItem), layout: vLayout },
  returns: v.array(v.string()),
  handler: async (ctx, { definition, items, layout }) =>
    await startWorkflows(ctx, definition, items, layout),
});

/** Sends an event to a workflow (P16). */
export const sendEvent = mutation({
  args: vSendEventArgs,
  returns: vSendEventAnswer,
  handler: async (ctx, args) => await sendEventTo(ctx, args),
});

/** Reads a workflow's status. */
export const status = query({
  args: { id: v.string() },
  returns: vWorkflowStatus,
  handler: async (ctx, { id }) => await readStatus(ctx, id),
});

/** Lists workflows in pages. */
export const list = query({
  args: vListArgs,
  returns: vWorkflowPage,
  handler: async (ctx, args) => await listWorkflows(ctx, args),
});

/** Lists a workflow's steps in pages. */
export const listSteps = query({
  args: vListStepsArgs,
  returns: vStepPage,
  handler: async (ctx, args) => await listWorkflowSteps(ctx, args),
});

/** Cancels a workflow; answers false if it has ended, or is being ended already. */
export const cancel = mutation({
  args: {
    id: v.string(),
    reason: v.optional(v.string()),
    /** Milliseconds its handler may clean up; 0 ends it at once. */
    graceMs: v.optional(v.number()),
  },
  returns: v.boolean(),
  handler: async (ctx, { id, ...options }) => {
    checkEndLimits(options);
    return await requestCancel(ctx, await loadWorkflow(ctx, id), options);
  },
});

/** Deletes a finished workflow, with all that belongs to it (P11). */
export const cleanup = mutation({
  args: { id: v.string(), cancel: v.optional(v.boolean()) },
  returns: v.null(),
  handler: async (ctx, { id, cancel }) => {
    const workflow = await loadWorkflow(ctx, id);
    await cleanUpWorkflow(ctx, workflow, { cancel: cancel ?? false });
    return null;
  },
});

/** Begins a workflow's next generation, whole or from a step; answers its number (P11). */
export const restart = mutation({
  args: { id: v.string(), ...vRestartOptions },
  returns: v.number(),
  handler: async (ctx, { id, ...options }) =>
    await restartWorkflow(ctx, await loadWorkflow(ctx, id), options),
});
