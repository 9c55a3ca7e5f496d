/**
 * When finished workflows are deleted (P11).
 *
 * Owns the timer that begins it; the deletion itself is in `cleanup.ts`.
 */
import type { Doc, MutationCtx } from "./functions.js";
import { queueKeyOf } from "./queues.js";
import { scheduleTimer } from "./timers.js";

/** Says durably when a workflow that has ended is deleted. */
export async function scheduleExpiry(
  ctx: MutationCtx,
  workflow: Doc<"workflows">,
  finishedAt: number,
): Promise<void> {
  if (workflow.retentionMs === undefined) return;
  const dueAt = finishedAt + workflow.retentionMs;
  await scheduleTimer(ctx, queueKeyOf(workflow), "expire", dueAt);
}
