/**
 * Statuses: what handlers want to be seen of their workflows.
 *
 * Owns the rows of `statuses`, one per workflow that has set one. A table of its own: it is
 * written often, and read by nobody but who asks for a status. It outlives the workflow's
 * end, and goes when the workflow is cleaned up.
 */
import type { Value } from "convex/values";
import { computeDigest } from "../shared/digest.js";
import type { Doc, Id, MutationCtx, QueryCtx } from "./functions.js";
import type { Generation } from "./journal.js";

/** Loads the status that a generation has set. */
export async function loadStatus(
  ctx: QueryCtx,
  { workflow, generation }: Generation,
): Promise<Doc<"statuses"> | null> {
  const row = await findRow(ctx, workflow);
  return row?.generation === generation ? row : null;
}

/**
 * Records a status. One that is there already is left as it is: a replay repeats the last
 * one, for it cannot know whether that was ever recorded.
 */
export async function recordStatus(
  ctx: MutationCtx,
  { workflow, generation }: Generation,
  value: Value,
): Promise<void> {
  const row = await findRow(ctx, workflow);
  const fields = { generation, value, updatedAt: Date.now() };
  if (!row) {
    await ctx.db.insert("statuses", { workflow, ...fields });
    return;
  }
  const isSame = computeDigest(row.value) === computeDigest(value);
  if (row.generation === generation && isSame) return;
  await ctx.db.patch("statuses", row._id, fields);
}

/** Removes what a workflow has set, with the workflow; answers the documents written. */
export async function removeStatus(
  ctx: MutationCtx,
  workflow: Id<"workflows">,
): Promise<number> {
  const row = await findRow(ctx, workflow);
  if (row) await ctx.db.delete("statuses", row._id);
  return row ? 1 : 0;
}

async function findRow(
  ctx: QueryCtx,
  workflow: Id<"workflows">,
): Promise<Doc<"statuses"> | null> {
  return await ctx.db
    .query("statuses")
    .withIndex("by_workflow", (q) => q.eq("workflow", workflow))
    .unique();
}
