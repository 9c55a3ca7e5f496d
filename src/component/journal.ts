/**
 * The journal of steps.
 *
 * Owns the `steps` rows: how they are found, and that each is settled at most once (I4).
 * May not touch queues or claims. Whoever looks for a step by its number does so here: the
 * row may belong to an older generation, from which a restarted one inherits (P11). Open
 * steps are always the generation's own.
 */
import type { NamedTableInfo, OrderedQuery } from "convex/server";
import { assert } from "../shared/errors.js";
import { countInherited, listSegments, resolveOwner } from "../shared/inheritance.js";
import type { Inherited, Outcome, StepKind } from "../shared/model.js";
import type { DataModel } from "./_generated/dataModel.js";
import { removeWaiters } from "./eventWaiters.js";
import type { Doc, Id, MutationCtx, QueryCtx } from "./functions.js";

/** A generation of a workflow: outcomes and journals belong to one (P11). */
export type Generation = { workflow: Id<"workflows">; generation: number };

/** A generation's journal, with what it inherits. */
export type Journal = Generation & { inherits?: Inherited[] | undefined };

/** The journal of a workflow's present generation. */
export function journalOf(workflow: Doc<"workflows">): Journal {
  const { _id, generation, inherits } = workflow;
  return { workflow: _id, generation, inherits };
}

/** Loads a step by its number. */
export async function loadStep(
  ctx: QueryCtx,
  of: Journal,
  number: number,
): Promise<Doc<"steps"> | null> {
  const generation = resolveOwner(of, number);
  return await ctx.db
    .query("steps")
    .withIndex("by_workflow", (q) =>
      q.eq("workflow", of.workflow).eq("generation", generation).eq("number", number),
    )
    .unique();
}

/** Reads a journal's steps from a number on, or with `desc` from the last one back. */
export async function* readSteps(
  ctx: QueryCtx,
  of: Journal,
  from: number,
  order: "asc" | "desc" = "asc",
): AsyncGenerator<Doc<"steps">> {
  const segments = listSegments(of, from);
  if (order === "desc") segments.reverse();
  for (const { generation, from: first, below } of segments) {
    yield* ctx.db
      .query("steps")
      .withIndex("by_workflow", (q) =>
        q
          .eq("workflow", of.workflow)
          .eq("generation", generation)
          .gte("number", first)
          .lt("number", below),
      )
      .order(order);
  }
}

/** Counts a journal's steps: the number of the next one. */
export async function countSteps(ctx: QueryCtx, of: Journal): Promise<number> {
  for await (const step of readSteps(ctx, of, 0, "desc")) return step.number + 1;
  return countInherited(of);
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
  if (step.kind === "event") await removeWaiters(ctx, step, step.number);
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
  return await streamOpenSteps(ctx, of).take(limit);
}

/** The steps of a generation that have no outcome yet, to be read as far as needed. */
export function streamOpenSteps(
  ctx: QueryCtx,
  of: Generation,
): OrderedQuery<NamedTableInfo<DataModel, "steps">> {
  return ctx.db
    .query("steps")
    .withIndex("by_open", (q) =>
      q
        .eq("workflow", of.workflow)
        .eq("generation", of.generation)
        .eq("settledAt", undefined),
    );
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
