/**
 * The journal of steps.
 *
 * Owns the `steps` rows: how they are found, and that each is settled at most once (I4).
 * May not touch queues or claims.
 */
import { assert } from "../shared/errors.js";
import type { Outcome, StepKind } from "../shared/model.js";
import type { Doc, Id, MutationCtx, QueryCtx } from "./functions.js";

/** A generation of a workflow: outcomes and journals belong to one (P11). */
export type Generation = { workflow: Id<"workflows">; generation: number };

/** Loads a step by its number. */
export async function loadStep(
  ctx: QueryCtx,
  of: Generation,
  number: number,
): Promise<Doc<"steps"> | null> {
  return await ctx.db
    .query("steps")
    .withIndex("by_workflow", (q) =>
      q.eq("workflow", of.workflow).eq("generation", of.generation).eq("number", number),
    )
    .unique();
}

/** Loads a step that must be there. */
export async function requireStep(
  ctx: QueryCtx,
  of: Generation,
  number: number,
): Promise<Doc<"steps">> {
  const step = await loadStep(ctx, of, number);
  assert(step, `invariant I4: step ${number} of workflow ${of.workflow} has no row`);
  return step;
}

/** Records a step's outcome unless it has one; says whether it did (I4). */
export async function settleStep(
  ctx: MutationCtx,
  step: Doc<"steps">,
  outcome: Outcome,
  settledAt: number,
): Promise<boolean> {
  if (step.outcome) return false;
  const isFailed = outcome.kind === "failed";
  await ctx.db.patch("steps", step._id, {
    outcome,
    settledAt,
    dueAt: undefined,
    failures: step.failures + (isFailed ? 1 : 0),
  });
  return true;
}

/** Loads steps of a generation that have no outcome yet. */
export async function loadOpenSteps(
  ctx: QueryCtx,
  of: Generation,
  limit: number,
): Promise<Doc<"steps">[]> {
  return await ctx.db
    .query("steps")
    .withIndex("by_open", (q) =>
      q
        .eq("workflow", of.workflow)
        .eq("generation", of.generation)
        .eq("settledAt", undefined),
    )
    .take(limit);
}

/** Loads steps of one kind of a generation that have no outcome yet. */
export async function loadOpenStepsOf(
  ctx: QueryCtx,
  of: Generation,
  kind: StepKind,
  limit: number,
): Promise<Doc<"steps">[]> {
  return await ctx.db
    .query("steps")
    .withIndex("by_open", (q) =>
      q
        .eq("workflow", of.workflow)
        .eq("generation", of.generation)
        .eq("settledAt", undefined)
        .eq("kind", kind),
    )
    .take(limit);
}
