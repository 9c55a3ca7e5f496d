/**
 * Deleting finished workflows, with all that belongs to them (P11).
 *
 * Owns the pages in which a workflow goes: its children first, each with its own children,
 * then its rows in every table, then itself. A page deletes a bounded number of documents
 * and bytes; an `expire` timer brings the next. Nothing goes while a callback of a
 * generation has still to run, a child has not finished, or a `finish` timer still removes
 * what an end has left behind: the timer comes back later, a bounded number of times. What
 * is half deleted is marked, and never restarted.
 */
import type { Value } from "convex/values";
import {
  CLEANUP_AGAIN_MS_MAX,
  CLEANUP_AGAIN_MS_MIN,
  CLEANUP_DEPTH_MAX,
  CLEANUP_LIMIT_SHARE,
  CLEANUP_PAGE,
  CLEANUP_PAGE_BYTES,
  CLEANUP_TRIES,
} from "../shared/constants.js";
import { executorError } from "../shared/errors.js";
import { isFinished } from "../shared/model.js";
import { measureValue } from "../shared/sizes.js";
import { requestCancel } from "./canceling.js";
import type { Doc, Id, MutationCtx } from "./functions.js";
import { measureLimitShare } from "./metrics.js";
import { queueKeyOf } from "./queues.js";
import { removeStatus } from "./statuses.js";
import { scheduleTimer } from "./timers.js";

type Workflow = Doc<"workflows">;

/** What one page may still delete. */
type Room = { documents: number; bytes: number };

/** `done`: it is gone. `more`: the page is full. `blocked`: something has still to end. */
type Progress = "done" | "more" | "blocked";

/** Deletes a finished workflow, now or in pages; with `cancel`, one that runs once it ends. */
export async function cleanUpWorkflow(
  ctx: MutationCtx,
  workflow: Workflow,
  options: { cancel: boolean },
): Promise<void> {
  if (!isFinished(workflow.state)) {
    if (!options.cancel) throw refuse(workflow);
    await ctx.db.patch("workflows", workflow._id, { retentionMs: 0 });
    await requestCancel(
      ctx,
      { ...workflow, retentionMs: 0 },
      { reason: "It is cleaned up." },
    );
    return;
  }
  await markExpiring(ctx, workflow);
  await expirePage(ctx, workflow, 0);
}

/** Has a finished workflow deleted in the background. */
export async function expireSoon(ctx: MutationCtx, workflow: Workflow): Promise<void> {
  await markExpiring(ctx, workflow);
  await scheduleTimer(ctx, queueKeyOf(workflow), "expire", Date.now(), 0);
}

/**
 * Deletes a page of a workflow, and has the next one come; answers how much that was, in
 * documents. `tries` counts how often in a row it was blocked; after the last the workflow
 * stays.
 */
export async function expirePage(
  ctx: MutationCtx,
  workflow: Workflow,
  tries: number,
): Promise<number> {
  if (!isFinished(workflow.state)) return 0;
  const room = { documents: CLEANUP_PAGE, bytes: CLEANUP_PAGE_BYTES };
  const progress = await deletePage(ctx, workflow, room);
  const key = queueKeyOf(workflow);
  if (progress === "more") await scheduleTimer(ctx, key, "expire", Date.now(), 0);
  if (progress === "blocked" && tries < CLEANUP_TRIES) {
    const againMs = Math.min(CLEANUP_AGAIN_MS_MAX, CLEANUP_AGAIN_MS_MIN * 2 ** tries);
    await scheduleTimer(ctx, key, "expire", Date.now() + againMs, tries + 1);
  } else if (progress === "blocked" && !workflow.expiring?.isPartial) {
    await ctx.db.patch("workflows", workflow._id, { expiring: undefined });
  }
  const byteShare = 1 - Math.max(0, room.bytes) / CLEANUP_PAGE_BYTES;
  return Math.ceil(Math.max(CLEANUP_PAGE - room.documents, byteShare * CLEANUP_PAGE));
}

/** Goes down to the first descendant without children, and deletes upwards from there. */
async function deletePage(
  ctx: MutationCtx,
  root: Workflow,
  room: Room,
): Promise<Progress> {
  if (await isNeeded(ctx, root)) return "blocked";
  const path = [root];
  for (let at = path.at(-1); at; at = path.at(-1)) {
    const child = await loadChild(ctx, at._id);
    if (child) {
      if (!isFinished(child.state) || (await isNeeded(ctx, child))) return "blocked";
      if (path.length >= CLEANUP_DEPTH_MAX) {
        await scheduleTimer(ctx, queueKeyOf(child), "expire", Date.now(), 0);
        return "blocked";
      }
      path.push(child);
      continue;
    }
    // Many small workflows cost more reads than they have documents to delete.
    const isFull = (await measureLimitShare(ctx)) > CLEANUP_LIMIT_SHARE;
    const progress = isFull ? "more" : await deleteRows(ctx, at, room);
    if (progress === "more")
      for (const one of path) await markExpiring(ctx, one, one === at);
    if (progress !== "done") return progress;
    path.pop();
  }
  return "done";
}

async function markExpiring(
  ctx: MutationCtx,
  { _id, expiring }: Workflow,
  isPartial = false,
): Promise<void> {
  const marked = { isPartial: isPartial || (expiring?.isPartial ?? false) };
  await ctx.db.patch("workflows", _id, { expiring: marked });
}

/** Whether a callback has still to be told of it. */
async function isNeeded(ctx: MutationCtx, { _id }: Workflow): Promise<boolean> {
  const callback = await ctx.db
    .query("outbox")
    .withIndex("by_workflow", (q) => q.eq("workflow", _id))
    .first();
  return callback !== null;
}

async function loadChild(
  ctx: MutationCtx,
  parent: Id<"workflows">,
): Promise<Workflow | null> {
  return await ctx.db
    .query("workflows")
    .withIndex("by_parent", (q) => q.eq("parent.workflow", parent))
    .first();
}

/** Deletes a workflow's rows, and then itself. */
async function deleteRows(
  ctx: MutationCtx,
  workflow: Workflow,
  room: Room,
): Promise<Progress> {
  const timers = await deleteTimers(ctx, workflow._id, room);
  if (timers !== "done") return timers;
  // From the last one back, so that a journal never has a gap (I4).
  const steps = ctx.db
    .query("steps")
    .withIndex("by_workflow", (q) => q.eq("workflow", workflow._id))
    .order("desc");
  for await (const step of steps) {
    if (isUsedUp(room)) return "more";
    await ctx.db.delete("steps", step._id);
    take(room, step);
  }
  const { args, result, onComplete } = workflow;
  for (const id of [args, result, onComplete?.context]) {
    const payload = id && (await ctx.db.get("payloads", id));
    if (!payload) continue;
    await ctx.db.delete("payloads", payload._id);
    take(room, payload);
  }
  room.documents -= await removeStatus(ctx, workflow._id);
  await ctx.db.delete("workflows", workflow._id);
  room.documents -= 1;
  return "done";
}

/**
 * Deletes a workflow's timers, of all its generations. One that still removes what an end
 * has left behind holds everything up: whose rows would those be? It is the first of its
 * generation, so that it is met before anything is done twice.
 */
async function deleteTimers(
  ctx: MutationCtx,
  workflow: Id<"workflows">,
  room: Room,
): Promise<Progress> {
  const timers = ctx.db
    .query("timers")
    .withIndex("by_workflow", (q) => q.eq("workflow", workflow));
  for await (const timer of timers) {
    if (timer.kind === "finish") return "blocked";
    if (isUsedUp(room)) return "more";
    await ctx.db.delete("timers", timer._id);
    take(room, timer);
  }
  return "done";
}

function isUsedUp({ documents, bytes }: Room): boolean {
  return documents <= 0 || bytes <= 0;
}

function take(room: Room, row: Record<string, Value | undefined>): void {
  room.documents -= 1;
  room.bytes -= measureValue(row).bytes;
}

function refuse({ _id, definition, state }: Workflow): Error {
  return executorError(
    "CLEANUP_REFUSED",
    `Workflow ${_id} (${definition}) is ${state}; only one that has finished can be cleaned up. Wait for its end, or pass { cancel: true } to cancel it first.`,
    { workflow: _id, state },
  );
}
