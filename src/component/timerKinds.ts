/**
 * What each kind of timer does when it is due.
 *
 * Owns the table of handlers, and those of sleeps and of what starts later. A
 * handler runs in the transaction that deletes its timer; another attempt at it finds the
 * timer gone, so it never runs twice.
 */
import { EVENT_DELIVERY_DOCUMENTS, EVENT_NAMES_MAX } from "../shared/constants.js";
import { isFinished, type TimerKind } from "../shared/model.js";
import { endAtDeadline, goOnEnding, timeOut } from "./canceling.js";
import { goOnFinishing } from "./finishing.js";
import { expirePage } from "./cleanup.js";
import { loadConfig } from "./config.js";
import { serveEvents, timeOutEvents } from "./events.js";
import type { Doc, MutationCtx } from "./functions.js";
import { loadStep, settleStep } from "./journal.js";
import { isPaused, pausedFields } from "./parking.js";
import { enqueueTask, loadTask, queueKeyOf, signalWorkflow } from "./queues.js";
import { wakeShards } from "./seats.js";
import type { Fired } from "./timers.js";

/** A due timer whose generation is still the workflow's. */
export type DueTimer = { timer: Doc<"timers">; workflow: Doc<"workflows"> };

type TimerHandler = (ctx: MutationCtx, due: DueTimer) => Promise<Fired>;

export const TIMER_HANDLERS: Record<TimerKind, TimerHandler> = {
  sleep: endSleep,
  resume: resumeAttempt,
  timeout: async (ctx, { workflow }) => await timeOut(ctx, workflow),
  cancel: async (ctx, { workflow }) => await goOnEnding(ctx, workflow),
  deadline: async (ctx, { workflow }) => await endAtDeadline(ctx, workflow),
  finish: async (ctx, { timer }) => await goOnFinishing(ctx, timer),
  expire: async (ctx, { timer, workflow }) => ({
    documents: await expirePage(ctx, workflow, timer.number ?? 0),
  }),
  begin: beginChild,
  event: async (ctx, due) => await fireEventTimer(ctx, due, serveEvents),
  eventTimeout: async (ctx, due) => await fireEventTimer(ctx, due, timeOutEvents),
};

/** Does what an event's timer stands for, for the step that it names. */
async function fireEventTimer(
  ctx: MutationCtx,
  { timer, workflow }: DueTimer,
  serve: typeof serveEvents,
): Promise<Fired> {
  if (timer.number === undefined || isFinished(workflow.state)) return { documents: 0 };
  const { served, again } = await serve(ctx, workflow, timer.number);
  return { documents: served * (EVENT_DELIVERY_DOCUMENTS + EVENT_NAMES_MAX), again };
}

/** Settles a far sleep, and signals its workflow (P2). */
async function endSleep(ctx: MutationCtx, due: DueTimer): Promise<Fired> {
  const step = await loadFarStep(ctx, due);
  if (!step) return { documents: 0 };
  const outcome = { kind: "completed" as const, value: null };
  await settleStep(ctx, step, outcome, Math.max(Date.now(), due.timer.dueAt));
  return await tellWorkflow(ctx, due);
}

/** Ends the far wait of an attempt: whoever takes the workflow up starts it. */
async function resumeAttempt(ctx: MutationCtx, due: DueTimer): Promise<Fired> {
  const step = await loadFarStep(ctx, due);
  if (!step) return { documents: 0 };
  await ctx.db.patch("steps", step._id, {
    isFar: undefined,
    dueAt: undefined,
    since: Date.now(),
  });
  return await tellWorkflow(ctx, due);
}

/** Queues a workflow that was to begin later. */
async function beginChild(ctx: MutationCtx, { workflow }: DueTimer): Promise<Fired> {
  const isQueued = (await loadTask(ctx, workflow._id)) !== null;
  if (workflow.state !== "pending" || workflow.ending || isQueued)
    return { documents: 0 };
  if (isPaused(await loadConfig(ctx), workflow.definition)) {
    await ctx.db.patch("workflows", workflow._id, pausedFields(workflow.definition));
    return { documents: 1 };
  }
  await enqueueTask(ctx, queueKeyOf(workflow));
  await wakeShards(ctx, [workflow.shard]);
  return { documents: 1 };
}

/** Loads the step that a timer stands for, if it still waits. */
async function loadFarStep(
  ctx: MutationCtx,
  { timer, workflow }: DueTimer,
): Promise<Doc<"steps"> | null> {
  if (timer.number === undefined || isFinished(workflow.state)) return null;
  const step = await loadStep(ctx, timer, timer.number);
  return step?.isFar && !step.outcome ? step : null;
}

/** Signals the workflow, unless it is parked: then it is signalled when it is taken up. */
async function tellWorkflow(
  ctx: MutationCtx,
  { timer, workflow }: DueTimer,
): Promise<Fired> {
  if (workflow.state !== "parked")
    await signalWorkflow(ctx, queueKeyOf(workflow), timer.number);
  return { documents: 2 };
}
