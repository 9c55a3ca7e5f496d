/**
 * The audit of timers and of the seats that sleep until them (I1, I2).
 *
 * Owns the checks on `timers`: each belongs to somebody who waits for it, and somebody will
 * be awake when it is due.
 */
import { isFinished } from "../shared/model.js";
import type { Doc, QueryCtx } from "./functions.js";
import { loadCallbacks } from "./outbox.js";
import { loadTimers, outlivesEnd } from "./timers.js";
import { reporter, type Violation } from "./violations.js";

/** I2: a timer belongs to the present generation of an unfinished workflow. */
export async function checkTimer(
  ctx: QueryCtx,
  timer: Doc<"timers">,
): Promise<Violation[]> {
  const report = reporter(timer._id);
  if (!outlivesEnd(timer.kind) && !(await isUnfinished(ctx, timer))) {
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
export async function hasTimer(ctx: QueryCtx, step: Doc<"steps">): Promise<boolean> {
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
