/**
 * The audit of waits: of cold workflows, of timers, and of seats that sleep until one (I1, I2).
 *
 * Owns the checks that something will signal a workflow which stands in no queue, that each
 * timer belongs to somebody who waits for it, and that somebody is awake when it is due.
 */
import { AUDIT_PAGE } from "../shared/constants.js";
import { isFinished, isSettledOutside } from "../shared/model.js";
import type { Doc, QueryCtx } from "./functions.js";
import { loadCallbacks } from "./outbox.js";
import { isBeingRemoved } from "./auditEnds.js";
import { loadOpenSteps } from "./journal.js";
import { hasTimer, loadTimers, outlivesEnd } from "./timers.js";
import { reporter, type Violation } from "./violations.js";

/** Whether a workflow in no queue waits for something that will signal or queue it (I1). */
export async function hasOutsideWait(
  ctx: QueryCtx,
  workflow: Doc<"workflows">,
): Promise<boolean> {
  const key = { workflow: workflow._id, generation: workflow.generation };
  if (workflow.state === "pending") return await hasTimer(ctx, key, "begin");
  for (const step of await loadOpenSteps(ctx, key, AUDIT_PAGE)) {
    if (!isSettledOutside(step)) continue;
    if (step.isFar) return true; // its timer is checked with its row
    if (!step.child) return true;
    const child = await ctx.db.get("workflows", step.child);
    if (child && !isFinished(child.state)) return true;
  }
  return false;
}

/** I2: a timer belongs to the present generation of an unfinished workflow, or is being removed. */
export async function checkTimer(
  ctx: QueryCtx,
  timer: Doc<"timers">,
): Promise<Violation[]> {
  const report = reporter(timer._id);
  const hasEnded = !outlivesEnd(timer.kind) && !(await isUnfinished(ctx, timer));
  if (hasEnded && !(await isBeingRemoved(ctx, timer))) {
    report(
      "I2",
      `is a ${timer.kind} timer of generation ${timer.generation} of ${timer.workflow}, which has ended`,
    );
  }
  return report.violations;
}

/** Says whether a generation is its workflow's present one, and has not ended. */
export async function isUnfinished(
  ctx: QueryCtx,
  of: Pick<Doc<"timers">, "workflow" | "generation">,
): Promise<boolean> {
  const workflow = await ctx.db.get("workflows", of.workflow);
  return workflow?.generation === of.generation && !isFinished(workflow.state);
}

/** Says whether a step has a timer. */
export async function hasStepTimer(ctx: QueryCtx, step: Doc<"steps">): Promise<boolean> {
  const timer = await ctx.db
    .query("timers")
    .withIndex("by_workflow", (q) =>
      q
        .eq("workflow", step.workflow)
        .eq("generation", step.generation)
        .eq("number", step.number),
    )
    .first();
  return timer !== null;
}

/** I1: an idle seat is woken at its earliest timer, or before. */
export async function checkWake(ctx: QueryCtx, row: Doc<"seats">): Promise<Violation[]> {
  const report = reporter(row._id);
  const job =
    row.wakeJob && (await ctx.db.system.get("_scheduled_functions", row.wakeJob));
  if (row.state !== "idle") {
    if (row.wakeJob) report("I1", `is ${row.state} and has a wake all the same`);
    return report.violations;
  }
  const isPending = job?.state.kind === "pending" || job?.state.kind === "inProgress";
  const wakeAt = isPending ? (row.wakeAt ?? Infinity) : Infinity;
  for (const shard of row.shards) {
    for (const load of [loadTimers, loadCallbacks]) {
      const [first] = await load(ctx, shard, 1);
      if (!first || first.dueAt >= wakeAt) continue;
      report("I1", `sleeps, but ${first._id} of shard ${shard} is due before it wakes`);
    }
  }
  return report.violations;
}
