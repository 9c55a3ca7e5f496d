/**
 * Parked workflows: those that the present code could not run, and those of a paused
 * definition (P12).
 *
 * Owns parking what is paused, and taking parked workflows up again. A parked workflow
 * keeps its journal, and what it waits for may settle meanwhile; it stands in no queue
 * until an operator says so, an executor with other code asks, or its definition resumes.
 */
import { v } from "convex/values";
import { FINISH_DOCUMENTS, OPERATOR_PAGE } from "../shared/constants.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import { enqueueTask, hasBegun, queueKeyOf, signalWorkflow } from "./queues.js";
import { wakeShards } from "./seats.js";
import { hasTimer } from "./timers.js";

/** Stands in `parkedBy` for a pause; sorts behind every fingerprint, which is hexadecimal. */
export const PAUSED = "~paused";

/** How a workflow of a paused definition is stored. */
export function pausedFields(
  definition: string,
): Pick<Doc<"workflows">, "parkedBy" | "error"> & { state: "parked" } {
  const message = `${definition} is paused. It goes on when it is resumed.`;
  return {
    state: "parked",
    parkedBy: PAUSED,
    error: { name: "Paused", code: "PAUSED", message },
  };
}

/** Says whether workflows of a definition are held back. */
export function isPaused(config: Doc<"config"> | null, definition: string): boolean {
  return config?.paused?.includes(definition) ?? false;
}

/**
 * Puts a parked workflow back where its handler is called: one that has never begun into
 * the queue of tasks. Answers how many documents that may have written.
 */
export async function unparkWorkflow(
  ctx: MutationCtx,
  workflow: Doc<"workflows">,
): Promise<number> {
  const goesOn = hasBegun(workflow);
  await ctx.db.patch("workflows", workflow._id, {
    state: goesOn ? "running" : "pending",
    parkedBy: undefined,
    error: undefined,
  });
  const of = { workflow: workflow._id, generation: workflow.generation };
  if (goesOn) await signalWorkflow(ctx, queueKeyOf(workflow));
  else if (!(await hasTimer(ctx, of, "begin"))) {
    await enqueueTask(ctx, queueKeyOf(workflow));
    await wakeShards(ctx, [workflow.shard]);
  }
  return FINISH_DOCUMENTS;
}

/** Says whether anything is parked that the code with this fingerprint has not tried. */
export async function hasParked(ctx: QueryCtx, fingerprint: string): Promise<boolean> {
  return (await loadUntried(ctx, fingerprint, 1)).length > 0;
}

/** The code that asks, by its fingerprint. */
export const vUnparkArgs = { fingerprint: v.string() };

/** Takes up a page of what other code has parked; answers how many. */
export async function unparkUntried(
  ctx: MutationCtx,
  fingerprint: string,
): Promise<number> {
  const parked = await loadUntried(ctx, fingerprint, OPERATOR_PAGE);
  for (const workflow of parked) await unparkWorkflow(ctx, workflow);
  return parked.length;
}

/** Loads parked workflows, leaving out the paused and those that this code has parked. */
async function loadUntried(
  ctx: QueryCtx,
  fingerprint: string,
  limit: number,
): Promise<Doc<"workflows">[]> {
  const before = await ctx.db
    .query("workflows")
    .withIndex("by_parked", (q) => q.eq("state", "parked").lt("parkedBy", fingerprint))
    .take(limit);
  if (before.length > 0) return before;
  return await ctx.db
    .query("workflows")
    .withIndex("by_parked", (q) =>
      q.eq("state", "parked").gt("parkedBy", fingerprint).lt("parkedBy", PAUSED),
    )
    .take(limit);
}
