/**
 * The audit of the journal, row by row (I1, I4).
 *
 * Owns the checks on `steps`: each number of a generation has one row, the numbers have no
 * gap, a row is settled wholly or not at all, and a far wait has its timer.
 */
import { hasTimer, isUnfinished } from "./auditTimers.js";
import type { Doc, QueryCtx } from "./functions.js";
import { reporter, type Violation } from "./violations.js";

/** I4: one row per number, and none missing before it. */
export async function checkStep(ctx: QueryCtx, step: Doc<"steps">): Promise<Violation[]> {
  const report = reporter(step._id);
  const { workflow, generation, number } = step;
  const around = await ctx.db
    .query("steps")
    .withIndex("by_workflow", (q) =>
      q
        .eq("workflow", workflow)
        .eq("generation", generation)
        .gte("number", number - 1)
        .lte("number", number),
    )
    .take(3);
  const same = around.filter((row) => row.number === number);
  if (same.length > 1) report("I4", `is one of several rows of step ${number}`);
  if (number > 0 && same.length === around.length) {
    report("I4", `is step ${number} of ${workflow}, which has no step ${number - 1}`);
  }
  if ((step.outcome === undefined) !== (step.settledAt === undefined)) {
    report("I4", "has an outcome without its time, or a time without its outcome");
  }
  const isWaitingFar = step.isFar && step.outcome === undefined;
  if (isWaitingFar && (await isUnfinished(ctx, step)) && !(await hasTimer(ctx, step))) {
    report(
      "I1",
      `is step ${number} of ${workflow}, which waits for a timer that is gone`,
    );
  }
  return report.violations;
}
