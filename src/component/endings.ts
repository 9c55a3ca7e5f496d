/**
 * Making a workflow end that has begun (P11).
 *
 * Owns `workflows.ending` and what follows from it: the claim is revoked at once, the open
 * steps are settled in bounded pages, and only then is the handler signalled, which sees
 * them all failed in one replay. May not end workflows: a timer does, at the deadline.
 *
 * Invariants:
 * - E1 Nobody takes the workflow up while its steps are being settled, or with a journal
 *   that was read before (`isSettling`; `takeClaim` compares what the opener has seen).
 * - E2 Until the signal is there, a `cancel` timer is (I1).
 * - E3 What a handler has seen of its end never changes: the errors are rows.
 */
import { CANCEL_GRACE_MS } from "../shared/constants.js";
import { resolveCanceled } from "../shared/ends.js";
import type { ImposedOutcome } from "../shared/model.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import { countSteps, journalOf, type Generation } from "./journal.js";
import { hasBegun, queueKeyOf, withdrawWorkflow } from "./queues.js";
import type { Ended, Removal } from "./removal.js";
import { scheduleTimer } from "./timers.js";

type Workflow = Doc<"workflows">;

/** A workflow whose end is imposed. */
export type EndingWorkflow = Workflow & { ending: NonNullable<Workflow["ending"]> };

/** Documents that telling a child writes at most: itself, its place, what revokes it, two timers. */
const CHILD_DOCUMENTS = 5;

/**
 * Imposes an end: from here on nothing of it runs but what cleans up, until the deadline.
 * The caller settles its open steps, or schedules a `cancel` timer that does (E2).
 */
export async function imposeEnd(
  ctx: MutationCtx,
  workflow: Workflow,
  outcome: ImposedOutcome,
  graceMs: number,
): Promise<EndingWorkflow> {
  const at = Date.now();
  const number = await countSteps(ctx, journalOf(workflow));
  const ending = { outcome, at, deadline: at + graceMs, number, isSettling: true };
  // A parked one is taken up, so that code which can run it may clean up.
  const taken =
    workflow.state === "parked" && hasBegun(workflow)
      ? { state: "running" as const, parkedBy: undefined, error: undefined }
      : {};
  await ctx.db.patch("workflows", workflow._id, { ending, ...taken });
  await withdrawWorkflow(ctx, workflow._id);
  if (hasBegun(workflow))
    await scheduleTimer(ctx, queueKeyOf(workflow), "deadline", ending.deadline);
  return { ...workflow, ...taken, ending };
}

/**
 * Tells children that nobody waits for them any more, a page of them: each is canceled by a
 * timer of its own, with its own grace. Those that were told have a deadline and are not
 * found again.
 */
export async function tellChildren(
  ctx: MutationCtx,
  of: Ended,
  room: number,
): Promise<Removal> {
  const limit = Math.max(1, Math.floor(room / CHILD_DOCUMENTS));
  const children = await loadUntoldChildren(ctx, of, limit + 1);
  const page = children.slice(0, limit);
  const outcome = resolveCanceled(`its parent ${of.workflow} is finished`);
  for (const child of page) {
    const told = await imposeEnd(ctx, child, outcome, child.graceMs ?? CANCEL_GRACE_MS);
    await scheduleTimer(ctx, queueKeyOf(told), "cancel", told.ending.at);
  }
  return {
    documents: page.length * CHILD_DOCUMENTS,
    hasMore: children.length > page.length,
  };
}

/** Whether a generation has children that nobody has told of its end. */
export async function hasUntoldChild(ctx: QueryCtx, of: Generation): Promise<boolean> {
  return (await loadUntoldChildren(ctx, of, 1)).length > 0;
}

async function loadUntoldChildren(
  ctx: QueryCtx,
  of: Generation,
  limit: number,
): Promise<Workflow[]> {
  const pages = (["pending", "running", "parked"] as const).map(async (state) =>
    ctx.db
      .query("workflows")
      .withIndex("by_parent", (q) =>
        q
          .eq("parent.workflow", of.workflow)
          .eq("parent.generation", of.generation)
          .eq("state", state)
          .eq("ending.deadline", undefined),
      )
      .take(limit),
  );
  return (await Promise.all(pages)).flat().slice(0, limit);
}
