/**
 * Rows of the queues as an executor is told of them: who could be claimed.
 *
 * Owns the shape of candidates, and the reading of what a task begins with. Read-only.
 */
import { v, type Infer } from "convex/values";
import { SCAN_BYTES_MAX } from "../shared/constants.js";
import { isOverdue } from "../shared/ends.js";
import { dropUndefined } from "../shared/fields.js";
import { vGateUse } from "../shared/gates.js";
import { vValue } from "../shared/model.js";
import { measureValue } from "../shared/sizes.js";
import type { Doc, QueryCtx } from "./functions.js";
import { keyOf } from "./queues.js";

/** A row of either queue. */
export type QueueRow = Doc<"taskQueue"> | Doc<"replayQueue">;

const vPlace = v.object({
  row: v.string(),
  workflow: v.string(),
  generation: v.number(),
  definition: v.string(),
  shard: v.number(),
  workflowCreatedAt: v.number(),
  queuedAt: v.number(),
});
/** A workflow to begin, with its arguments. */
export const vTaskCandidate = v.object({
  kind: v.literal("task"),
  ...vPlace.fields,
  args: vValue,
  gate: v.optional(vGateUse),
});
/** A workflow whose handler has to advance; its journal is read apart. */
export const vReplayCandidate = v.object({ kind: v.literal("replay"), ...vPlace.fields });

export type TaskCandidate = Infer<typeof vTaskCandidate>;
export type ReplayCandidate = Infer<typeof vReplayCandidate>;

/** Says what either queue's row says of a candidate. */
export function describe(row: QueueRow): Infer<typeof vPlace> {
  return { row: row._id, queuedAt: row._creationTime, ...keyOf(row) };
}

/** A task that whoever asks has at hand: it keeps its place among the others. */
type AtHand = Infer<typeof vPlace> & { kind: "atHand" };

/**
 * Adds arguments to tasks, as far as one answer may carry them, but to those `atHand`. One
 * that is overdue is left to its timer.
 */
export async function openOthers(
  ctx: QueryCtx,
  rows: readonly QueueRow[],
  atHand: ReadonlySet<string>,
): Promise<(TaskCandidate | AtHand)[]> {
  const tasks: (TaskCandidate | AtHand)[] = [];
  let bytes = 0;
  // Small rows are read together; arguments one by one, as long as there is room for them.
  const reading = rows.map(async ({ workflow }) =>
    atHand.has(workflow) ? null : await ctx.db.get("workflows", workflow),
  );
  const workflows = await Promise.all(reading);
  for (const [index, row] of rows.entries()) {
    if (atHand.has(row.workflow)) {
      tasks.push({ kind: "atHand", ...describe(row) });
      continue;
    }
    const workflow = workflows[index];
    if (!workflow || isOverdue(workflow, Date.now())) continue;
    const payload = await ctx.db.get("payloads", workflow.args);
    if (!payload) continue;
    bytes += measureValue(payload.value).bytes;
    if (tasks.length > 0 && bytes > SCAN_BYTES_MAX) break;
    const given = { args: payload.value, ...dropUndefined({ gate: workflow.gate }) };
    tasks.push({ kind: "task", ...describe(row), ...given });
  }
  return tasks;
}

/** Adds arguments to tasks, as far as one answer may carry them. */
export async function openTasks(
  ctx: QueryCtx,
  rows: readonly QueueRow[],
): Promise<TaskCandidate[]> {
  return (await openOthers(ctx, rows, new Set())).filter(isOpened);
}

/** Whether it carries its arguments. */
export function isOpened(task: TaskCandidate | AtHand): task is TaskCandidate {
  return task.kind === "task";
}
