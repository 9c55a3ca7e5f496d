/**
 * The audit of events: waiters, and the mailboxes of what was not awaited (I1, I2, M1).
 *
 * Owns the checks on `eventWaiters` and `mailboxes`. What a workflow leaves behind when it
 * ends may be there for as long as its removal takes.
 */
import { EVENTS_PENDING_MAX } from "../shared/constants.js";
import { isFinished } from "../shared/model.js";
import { isBeingRemoved } from "./auditEnds.js";
import { hasStepTimer } from "./auditWaits.js";
import { loadWaiters } from "./eventWaiters.js";
import type { Doc, QueryCtx } from "./functions.js";
import { journalOf, loadStep } from "./journal.js";
import { findEvent, loadMailbox, loadMailboxes } from "./mailboxes.js";
import { reporter, type Violation } from "./violations.js";

/** I1, I2: a waiter stands for an open step, and no event that it wants lies about. */
export async function checkWaiter(
  ctx: QueryCtx,
  waiter: Doc<"eventWaiters">,
): Promise<Violation[]> {
  const report = reporter(waiter._id);
  const { generation, number, name } = waiter;
  const what = `waits for event "${name}" in step ${number} of ${waiter.workflow}`;
  const workflow = await ctx.db.get("workflows", waiter.workflow);
  const isPresent = workflow?.generation === generation;
  if (!isPresent || isFinished(workflow.state)) {
    if (!(await isBeingRemoved(ctx, waiter)))
      report("I2", `${what}, whose generation ${generation} has ended`);
    return report.violations;
  }
  const step = await loadStep(ctx, waiter, number);
  if (step?.kind !== "event" || step.outcome) report("I2", `${what}, which does not`);
  const mailbox = await loadMailbox(ctx, waiter.workflow);
  const event = mailbox && (await findEvent(ctx, mailbox, name));
  if (!mailbox) report("I2", `${what}, which has no mailbox`);
  if (event && step && !(await hasStepTimer(ctx, step)))
    report("I1", `${what}, and that event is in the mailbox`);
  return report.violations;
}

/** Whether an open step that waits for events has somebody who would tell it (I1). */
export async function lacksWaiter(ctx: QueryCtx, step: Doc<"steps">): Promise<boolean> {
  if (step.kind !== "event" || step.outcome) return false;
  return (await loadWaiters(ctx, step, step.number)).length === 0;
}

/** M1, I2: one open mailbox per unfinished workflow, which knows what is in it. */
export async function checkMailbox(
  ctx: QueryCtx,
  mailbox: Doc<"mailboxes">,
): Promise<Violation[]> {
  const report = reporter(mailbox._id);
  const workflow = await ctx.db.get("workflows", mailbox.workflow);
  if (mailbox.isClosed) {
    if (
      !workflow ||
      (isFinished(workflow.state) && !(await isBeingRemoved(ctx, journalOf(workflow))))
    )
      report("I2", `is what is left of events of ${mailbox.workflow}, which has ended`);
    return report.violations;
  }
  if (!workflow || isFinished(workflow.state))
    report("I2", `is open, but its workflow ${mailbox.workflow} has ended or is gone`);
  const all = await loadMailboxes(ctx, mailbox.workflow);
  if (all.filter(({ isClosed }) => !isClosed).length > 1)
    report("M1", `is one of several mailboxes of ${mailbox.workflow}`);
  const events = await ctx.db
    .query("events")
    .withIndex("by_name", (q) => q.eq("mailbox", mailbox._id))
    .take(EVENTS_PENDING_MAX + 1);
  if (events.length !== mailbox.pending)
    report("M1", `has ${events.length} events, but counts ${mailbox.pending}`);
  return report.violations;
}
