/**
 * Events: what a workflow is told from outside (P16).
 *
 * Owns the meeting of a waiter with an event. Whoever comes second delivers: a sender finds
 * the waiter, or leaves the event in the mailbox; a wait finds the event there, or leaves a
 * waiter.
 *
 * Invariants:
 * - E1 Both sides read what the other writes, so one of two that meet in the same moment
 *   sees the other, and no event passes its waiter by.
 * - E2 Events of one name are delivered in the order in which they were sent, to waiters in
 *   the order of their steps.
 * - E3 A waiter stands for an open step; all waiters of a step go when it settles.
 * - E4 A commit hands over values as far as it has room (I9). A waiter whose event has to
 *   wait for that has a timer that is due at once, and no later sender overtakes it.
 */
import { v, type Infer } from "convex/values";
import {
  EVENT_DELIVERY_SHARE,
  EVENT_SERVINGS_MAX,
  PLATFORM_TRANSACTION_BYTES,
} from "../shared/constants.js";
import type { EventWait } from "../shared/commit.js";
import {
  checkEventText,
  checkSentFits,
  createEventTimeout,
  MAILBOX_NAME_LENGTH_MAX,
  resolveDelivery,
} from "../shared/events.js";
import { isFinished, vOutcome, type Outcome } from "../shared/model.js";
import { loadWorkflow, type Doc, type MutationCtx, type QueryCtx } from "./functions.js";
import { addWaiters, findWaiter, loadWaiters } from "./eventWaiters.js";
import { requireStep, settleStep, type Generation } from "./journal.js";
import {
  ensureMailbox,
  findEvent,
  loadMailbox,
  putEvent,
  rememberEventId,
  takeEvent,
} from "./mailboxes.js";
import { measureLimitShare } from "./metrics.js";
import { queueKeyOf, signalWorkflow, type QueueKey } from "./queues.js";
import { dropTimers, scheduleTimer } from "./timers.js";

export const vSendEventArgs = v.object({
  workflow: v.string(),
  name: v.string(),
  outcome: vOutcome,
  /** What makes it the same event as one that was sent before. */
  id: v.optional(v.string()),
});
/**
 * - `delivered`: a step that waited for it has it. `kept`: the next that asks gets it.
 * - `duplicate`: its id was sent before. `finished`: the workflow has ended; nobody gets it.
 */
export const vSendEventAnswer = v.union(
  v.literal("delivered"),
  v.literal("kept"),
  v.literal("duplicate"),
  v.literal("finished"),
);

/** Sends an event to a workflow. */
export async function sendEvent(
  ctx: MutationCtx,
  { workflow: target, name, outcome, id }: Infer<typeof vSendEventArgs>,
): Promise<Infer<typeof vSendEventAnswer>> {
  checkEventText("name", name, MAILBOX_NAME_LENGTH_MAX);
  if (id !== undefined) checkEventText("id", id, MAILBOX_NAME_LENGTH_MAX);
  const bytes = checkSentFits(outcome, name);
  const workflow = await loadWorkflow(ctx, target);
  if (isFinished(workflow.state)) return "finished";
  const mailbox = await ensureMailbox(ctx, workflow._id);
  const isNew = id === undefined || (await rememberEventId(ctx, mailbox, id));
  if (!isNew) return "duplicate";
  const older = await findEvent(ctx, mailbox, name);
  const waiter = older ? null : await findWaiter(ctx, keyOfWaits(workflow), name);
  if (waiter) {
    await deliver(ctx, workflow, waiter, outcome);
    return "delivered";
  }
  await putEvent(ctx, mailbox, { name, outcome, bytes });
  return "kept";
}

/**
 * Begins a step's wait in the commit that adds its row. Answers what the row gets if an
 * event is there already; else somebody settles it later (P2).
 */
export async function awaitEvents(
  ctx: MutationCtx,
  key: QueueKey,
  { number, dueAt }: { number: number; dueAt?: number | undefined },
  { names, isRace }: EventWait,
): Promise<Outcome | null> {
  const mailbox = await ensureMailbox(ctx, key.workflow);
  const event = await findOldest(ctx, mailbox, names);
  const isNext = event && !(await findWaiter(ctx, key, event.name));
  if (isNext && (await hasRoom(ctx, event.bytes))) {
    const outcome = await takeEvent(ctx, mailbox, event);
    await signalWorkflow(ctx, key, number);
    return resolveDelivery(outcome, event.name, isRace);
  }
  await addWaiters(ctx, key, number, { names, isRace });
  if (event) await scheduleTimer(ctx, key, "event", Date.now(), number);
  if (dueAt !== undefined) await scheduleTimer(ctx, key, "eventTimeout", dueAt, number);
  return null;
}

/**
 * Hands events to a step that could not have them in its commit, and to those before it
 * (E4). Answers how many it handed over, and whether it has to come again.
 */
export async function serveEvents(
  ctx: MutationCtx,
  workflow: Doc<"workflows">,
  number: number,
): Promise<{ served: number; again: boolean }> {
  const key = keyOfWaits(workflow);
  const mailbox = await loadMailbox(ctx, workflow._id);
  let served = 0;
  for (; mailbox && served < EVENT_SERVINGS_MAX; served += 1) {
    const names = (await loadWaiters(ctx, key, number)).map(({ name }) => name);
    const event = await findOldest(ctx, mailbox, names);
    const waiter = event && (await findWaiter(ctx, key, event.name));
    if (!waiter) return { served, again: false };
    if (!(await hasRoom(ctx, event.bytes))) break;
    await deliver(ctx, workflow, waiter, await takeEvent(ctx, mailbox, event));
  }
  return { served, again: mailbox !== null };
}

/**
 * Ends a wait whose time is over, unless an event is there after all. Answers as
 * `serveEvents`.
 */
export async function timeOutEvents(
  ctx: MutationCtx,
  workflow: Doc<"workflows">,
  number: number,
): Promise<{ served: number; again: boolean }> {
  const { served, again } = await serveEvents(ctx, workflow, number);
  if (again) return { served, again };
  const key = keyOfWaits(workflow);
  const waiters = await loadWaiters(ctx, key, number);
  const [waiter] = waiters;
  if (!waiter) return { served, again };
  const step = await requireStep(ctx, key, number);
  const names = waiters.map(({ name }) => name);
  const waitedMs = Math.max(0, (step.dueAt ?? Date.now()) - step.startedAt);
  await deliver(ctx, workflow, waiter, createEventTimeout(names, waitedMs));
  return { served: served + 1, again };
}

/** Settles the step of a waiter with what came, and tells its workflow (P2). */
async function deliver(
  ctx: MutationCtx,
  workflow: Doc<"workflows">,
  waiter: Doc<"eventWaiters">,
  outcome: Outcome,
): Promise<void> {
  const { number, name, isRace } = waiter;
  const step = await requireStep(ctx, waiter, number);
  await dropTimers(ctx, waiter, number);
  const delivery = resolveDelivery(outcome, name, isRace);
  const isSettled = await settleStep(ctx, step, delivery, Date.now());
  if (isSettled && workflow.state !== "parked") {
    await signalWorkflow(ctx, queueKeyOf(workflow), number);
  }
}

/** Whether a value of this size may still be handed over in this transaction (E4). */
async function hasRoom(ctx: MutationCtx, bytes: number): Promise<boolean> {
  const share = await measureLimitShare(ctx);
  return share + bytes / PLATFORM_TRANSACTION_BYTES <= EVENT_DELIVERY_SHARE;
}

/** Finds the event that was sent first of several names. */
async function findOldest(
  ctx: QueryCtx,
  mailbox: Doc<"mailboxes">,
  names: readonly string[],
): Promise<Doc<"events"> | null> {
  let oldest: Doc<"events"> | null = null;
  for (const name of names) {
    const event = await findEvent(ctx, mailbox, name);
    if (event && (!oldest || event.number < oldest.number)) oldest = event;
  }
  return oldest;
}

function keyOfWaits({ _id, generation }: Doc<"workflows">): Generation {
  return { workflow: _id, generation };
}
