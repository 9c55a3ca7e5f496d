/**
 * The audit of the journal, row by row (I1, I4).
 *
 * Owns the checks on `steps`: each number of a generation has one row, the numbers have no
 * gap, a row is settled wholly or not at all, and a far wait has its timer.
 */
import { resolveOwner } from "../shared/inheritance.js";
import { isBeingSettled } from "./auditEnds.js";
import { lacksWaiter } from "./auditEvents.js";
import { hasStepTimer, isUnfinished } from "./auditWaits.js";
import type { Doc, QueryCtx } from "./functions.js";
import { journalOf, readSteps } from "./journal.js";
import { reporter, type Violation } from "./violations.js";

/** I4: one row per number, and none missing before it. */
export async function checkStep(ctx: QueryCtx, step: Doc<"steps">): Promise<Violation[]> {
  const report = reporter(step._id);
  const { workflow, generation, number } = step;
  const same = await ctx.db
    .query("steps")
    .withIndex("by_workflow", (q) =>
      q.eq("workflow", workflow).eq("generation", generation).eq("number", number),
    )
    .take(2);
  if (same.length > 1) report("I4", `is one of several rows of step ${number}`);
  if (await lacksPredecessor(ctx, step)) {
    report("I4", `is step ${number} of ${workflow}, which has no step ${number - 1}`);
  }
  if ((step.outcome === undefined) !== (step.settledAt === undefined)) {
    report("I4", "has an outcome without its time, or a time without its outcome");
  }
  const lost = await findLostWait(ctx, step);
  if (lost) report("I1", `is step ${number} of ${workflow}, which waits for ${lost}`);
  return report.violations;
}

/**
 * What an open step waits for though it is not there. While an imposed end removes what the
 * workflow waits for, and before it has settled its steps, nobody misses it (E2).
 */
async function findLostWait(ctx: QueryCtx, step: Doc<"steps">): Promise<string | null> {
  if (step.outcome !== undefined) return null;
  const lost =
    step.isFar && !(await hasStepTimer(ctx, step))
      ? "a timer that is gone"
      : (await lacksWaiter(ctx, step))
        ? "an event unheard"
        : null;
  if (!lost || !(await isUnfinished(ctx, step))) return null;
  const workflow = await ctx.db.get("workflows", step.workflow);
  return workflow && (await isBeingSettled(ctx, workflow)) ? null : lost;
}

/**
 * Whether the journal that this row is part of has no row before it. What generations that
 * are gone once inherited is not known any more, so their first rows are not asked.
 */
async function lacksPredecessor(ctx: QueryCtx, step: Doc<"steps">): Promise<boolean> {
  const workflow = await ctx.db.get("workflows", step.workflow);
  if (!workflow || step.number === 0) return false;
  const journal = journalOf(workflow);
  if (resolveOwner(journal, step.number) !== step.generation) return false;
  for await (const row of readSteps(ctx, journal, step.number - 1)) {
    return row.number !== step.number - 1;
  }
  return true;
}
