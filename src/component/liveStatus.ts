/**
 * A workflow's status: where it stands, how far it has come, and what it waits for.
 *
 * Owns this read, bounded in all its parts: a count that meets its bound says so. What a
 * subscriber of a status reads is its workflow's rows and the head of one queue.
 */
import { v, type Infer } from "convex/values";
import {
  STATUS_OPEN_MAX,
  STATUS_QUEUE_MAX,
  STATUS_STEPS_MAX,
} from "../shared/constants.js";
import { isFinished, vValue } from "../shared/model.js";
import { resolveWait, vWaitsFor } from "../shared/waits.js";
import { loadWorkflow, type Doc, type QueryCtx } from "./functions.js";
import { listWaitedGates } from "./gateWaits.js";
import { journalOf, loadOpenSteps, readSteps } from "./journal.js";
import { loadClaim, loadSignals, loadTask } from "./queues.js";
import {
  summarizeOpenStep,
  summarizeWorkflow,
  vOpenStep,
  vSummaryFields,
} from "./status.js";
import { loadStatus } from "./statuses.js";

/** A workflow's place in line, while it waits to begin or for its handler to advance. */
const vQueuePlace = v.object({
  waitsTo: v.union(v.literal("begin"), v.literal("advance")),
  /** Workflows ahead of it in the same queue of its shard; "at least" if `isAtLeast`. */
  ahead: v.number(),
  isAtLeast: v.boolean(),
  /** When it was queued, in milliseconds since 1970. */
  since: v.number(),
});

/** How far a workflow has come. */
const vProgress = v.object({
  /** Steps that its handler has asked for. */
  started: v.number(),
  /** Steps that have settled; "at most" if `isAtMost`. */
  done: v.number(),
  isAtMost: v.boolean(),
});

/** A step that has not settled, what it waits for, and since when. */
const vLiveStep = v.object({
  ...vOpenStep.fields,
  waitsFor: vWaitsFor,
  /** Milliseconds since 1970. */
  since: v.number(),
});

/** A workflow's status; see `executor.getStatus`. */
export const vWorkflowStatus = v.object({
  ...vSummaryFields,
  result: v.optional(vValue),
  /** What its handler last showed with `step.setStatus`, and when that became durable. */
  status: v.optional(vValue),
  statusAt: v.optional(v.number()),
  /** Its place in line; absent while an executor holds it, or while it waits for others. */
  queue: v.optional(vQueuePlace),
  steps: vProgress,
  /** Open steps, the first ones; `steps` counts them all. */
  running: v.array(vLiveStep),
});

/** Reads a workflow's status. */
export async function readStatus(
  ctx: QueryCtx,
  id: string,
): Promise<Infer<typeof vWorkflowStatus>> {
  const workflow = await loadWorkflow(ctx, id);
  const journal = journalOf(workflow);
  const isOver = isFinished(workflow.state);
  const result = workflow.result && (await ctx.db.get("payloads", workflow.result));
  const open = await loadOpenSteps(ctx, journal, STATUS_OPEN_MAX);
  const claim = isOver ? null : await loadClaim(ctx, workflow._id);
  const queue = isOver || claim ? null : await readQueuePlace(ctx, workflow);
  const shown = await loadStatus(ctx, journal);
  // The index has them by kind.
  const inOrder = open.sort((a, b) => a.number - b.number);
  const live = isOver ? [] : inOrder.slice(0, STATUS_STEPS_MAX);
  const gates = claim ? await listWaitedGates(ctx, claim, live) : null;
  return {
    ...summarizeWorkflow(workflow),
    ...(result ? { result: result.value } : {}),
    ...(shown ? { status: shown.value, statusAt: shown.updatedAt } : {}),
    ...(queue ? { queue } : {}),
    steps: await readProgress(ctx, workflow, open.length),
    running: live.map((step) => ({
      ...summarizeOpenStep(step),
      ...resolveWait(step, {
        isHeld: claim !== null,
        isAtGate: step.gate !== undefined && gates?.has(step.gate) === true,
      }),
    })),
  };
}

/** Reads a workflow's place in line; null if it stands in none. */
async function readQueuePlace(
  ctx: QueryCtx,
  workflow: Doc<"workflows">,
): Promise<Infer<typeof vQueuePlace> | null> {
  const task = await loadTask(ctx, workflow._id);
  const [signal] = task ? [] : await loadSignals(ctx, journalOf(workflow), 1);
  const row = task ?? signal;
  if (!row) return null;
  const table = task ? "taskQueue" : "replayQueue";
  const { ahead, isAtLeast } = await countAhead(ctx, table, workflow);
  const since = Math.floor(row._creationTime);
  return { waitsTo: task ? "begin" : "advance", ahead, isAtLeast, since };
}

/** Counts the workflows whose rows stand before those of this one; signals count once. */
async function countAhead(
  ctx: QueryCtx,
  table: "taskQueue" | "replayQueue",
  { _id, shard }: Doc<"workflows">,
): Promise<{ ahead: number; isAtLeast: boolean }> {
  const rows = ctx.db.query(table).withIndex("by_shard", (q) => q.eq("shard", shard));
  const others = new Set<string>();
  let read = 0;
  for await (const { workflow } of rows) {
    if (workflow === _id) return { ahead: others.size, isAtLeast: false };
    others.add(workflow);
    read += 1;
    if (read >= STATUS_QUEUE_MAX) break;
  }
  return { ahead: others.size, isAtLeast: true };
}

/** Counts the steps of a workflow's present generation, inherited ones too. */
async function readProgress(
  ctx: QueryCtx,
  workflow: Doc<"workflows">,
  open: number,
): Promise<Infer<typeof vProgress>> {
  const journal = journalOf(workflow);
  let started = 0;
  // Numbers have no gap (I4), so the last one tells how many there are.
  for await (const { number } of readSteps(ctx, journal, 0, "desc")) {
    started = number + 1;
    break;
  }
  return { started, done: started - open, isAtMost: open === STATUS_OPEN_MAX };
}
