/**
 * The audit of ends: callbacks, and what is still being removed or settled (I1, I2, I6).
 *
 * Owns the checks on `outbox`, and on what an end of a workflow has promised.
 */
import { isFinished } from "../shared/model.js";
import type { Doc, QueryCtx } from "./functions.js";
import { journalOf, type Generation } from "./journal.js";
import { loadCallback } from "./outbox.js";
import { hasTimer } from "./timers.js";
import { reporter, type Violation } from "./violations.js";

/** I6: the callback of a finished generation has run, or its row is there. */
export async function checkNotified(
  ctx: QueryCtx,
  workflow: Doc<"workflows">,
): Promise<Violation[]> {
  const report = reporter(workflow._id);
  const { generation, notified, onComplete } = workflow;
  const of = { workflow: workflow._id, generation };
  if (!onComplete || !isFinished(workflow.state)) return [];
  if (notified !== generation && !(await loadCallback(ctx, of))) {
    report("I6", `has ended, but its onComplete neither ran nor waits`);
  }
  return report.violations;
}

/** I6: a row is the only one of its generation, which has ended and was not told. */
export async function checkCallback(
  ctx: QueryCtx,
  row: Doc<"outbox">,
): Promise<Violation[]> {
  const report = reporter(row._id);
  const { workflow: id, generation } = row;
  const workflow = await ctx.db.get("workflows", id);
  const same = await ctx.db
    .query("outbox")
    .withIndex("by_workflow", (q) => q.eq("workflow", id).eq("generation", generation))
    .take(2);
  if (same.length > 1) report("I6", `is one of several callbacks of ${id}`);
  if (!workflow) report("I6", `is a callback of ${id}, which is gone`);
  else if (workflow.notified === generation)
    report("I6", `is a callback of ${id}, whose onComplete has run`);
  else if (workflow.generation === generation && !isFinished(workflow.state))
    report("I6", `is a callback of ${id}, which has not ended`);
  if (row.state === "held" && !(await hasTimer(ctx, row, "finish")))
    report("I6", `is held back, but nothing is being removed for ${id}`);
  return report.violations;
}

/** I2: whether what an ended generation left behind is still being removed. */
export async function isBeingRemoved(ctx: QueryCtx, of: Generation): Promise<boolean> {
  return await hasTimer(ctx, of, "finish");
}

/** I1: whether a workflow that is made to end waits for its open steps to be settled. */
export async function isBeingSettled(
  ctx: QueryCtx,
  workflow: Doc<"workflows">,
): Promise<boolean> {
  if (!workflow.ending?.isSettling) return false;
  return await hasTimer(ctx, journalOf(workflow), "cancel");
}
