/**
 * Mailboxes: events that were sent to a workflow before it asked for them.
 *
 * Owns the rows of `mailboxes`, `events` and `eventIds`. May not touch waiters, steps or
 * queues. A mailbox belongs to a workflow, not to a generation: what nobody has taken is
 * still there after a restart. It is closed when its workflow ends; a workflow that is
 * restarted then gets a new one, whatever is left of the old.
 *
 * Invariants:
 * - M1 A workflow has one open mailbox at most; `pending` counts its events.
 * - M2 Whoever looks for an event reads the mailbox first, and whoever adds one writes it:
 *   so the two are serialized, and nothing is read where nothing waits.
 */
import { EVENTS_PENDING_MAX, MAILBOXES_MAX } from "../shared/constants.js";
import { executorError } from "../shared/errors.js";
import { resolveEventName } from "../shared/events.js";
import type { Outcome } from "../shared/model.js";
import type { Doc, Id, MutationCtx, QueryCtx } from "./functions.js";

/** Loads a workflow's open mailbox. */
export async function loadMailbox(
  ctx: QueryCtx,
  workflow: Id<"workflows">,
): Promise<Doc<"mailboxes"> | null> {
  return await ctx.db
    .query("mailboxes")
    .withIndex("by_workflow", (q) => q.eq("workflow", workflow).eq("isClosed", false))
    .unique();
}

/** Loads a workflow's mailbox, and opens one if there is none. */
export async function ensureMailbox(
  ctx: MutationCtx,
  workflow: Id<"workflows">,
): Promise<Doc<"mailboxes">> {
  const mailbox = await loadMailbox(ctx, workflow);
  if (mailbox) return mailbox;
  const fields = { workflow, isClosed: false, sent: 0, pending: 0 };
  const _id = await ctx.db.insert("mailboxes", fields);
  return { _id, _creationTime: 0, ...fields };
}

/** Remembers an id that a sender chose; false if it was sent before. */
export async function rememberEventId(
  ctx: MutationCtx,
  mailbox: Doc<"mailboxes">,
  id: string,
): Promise<boolean> {
  const known = await ctx.db
    .query("eventIds")
    .withIndex("by_mailbox", (q) => q.eq("mailbox", mailbox._id).eq("id", id))
    .unique();
  if (known) return false;
  await ctx.db.insert("eventIds", { mailbox: mailbox._id, id });
  return true;
}

/** Keeps an event until it is asked for; throws `TOO_MANY_EVENTS` when the mailbox is full. */
export async function putEvent(
  ctx: MutationCtx,
  mailbox: Doc<"mailboxes">,
  event: { name: string; outcome: Outcome; bytes: number },
): Promise<void> {
  const { workflow, pending, sent } = mailbox;
  if (pending >= EVENTS_PENDING_MAX) {
    const name = resolveEventName(event.name);
    throw executorError(
      "TOO_MANY_EVENTS",
      `Event "${name}" was not sent: ${pending} events wait for workflow ${workflow} already, and at most ${EVENTS_PENDING_MAX} may. Send fewer than it awaits, or keep the data in a table and send one event for all of it.`,
      { workflow, event: name, actual: pending, limit: EVENTS_PENDING_MAX },
    );
  }
  const { name, outcome, bytes } = event;
  const payload = await ctx.db.insert("payloads", { value: outcome });
  const row = { mailbox: mailbox._id, name, number: sent, bytes, payload };
  await ctx.db.insert("events", row);
  await ctx.db.patch("mailboxes", mailbox._id, { sent: sent + 1, pending: pending + 1 });
}

/** Finds the event of a name that was sent first: a small row, without the value. */
export async function findEvent(
  ctx: QueryCtx,
  mailbox: Doc<"mailboxes">,
  name: string,
): Promise<Doc<"events"> | null> {
  if (mailbox.pending === 0) return null;
  return await ctx.db
    .query("events")
    .withIndex("by_name", (q) => q.eq("mailbox", mailbox._id).eq("name", name))
    .first();
}

/** Takes an event out of its mailbox, and answers what was sent. */
export async function takeEvent(
  ctx: MutationCtx,
  mailbox: Doc<"mailboxes">,
  event: Doc<"events">,
): Promise<Outcome> {
  const payload = await ctx.db.get("payloads", event.payload);
  await ctx.db.delete("events", event._id);
  await ctx.db.delete("payloads", event.payload);
  mailbox.pending -= 1; // the caller may go on with it
  await ctx.db.patch("mailboxes", mailbox._id, { pending: mailbox.pending });
  return payload?.value as Outcome;
}

/** Loads a workflow's mailboxes: at most one is open. */
export async function loadMailboxes(
  ctx: QueryCtx,
  workflow: Id<"workflows">,
  limit = MAILBOXES_MAX,
): Promise<Doc<"mailboxes">[]> {
  return await ctx.db
    .query("mailboxes")
    .withIndex("by_workflow", (q) => q.eq("workflow", workflow))
    .take(limit);
}

/** Closes the mailbox of a workflow that has ended. */
export async function closeMailbox(
  ctx: MutationCtx,
  mailbox: Doc<"mailboxes">,
): Promise<void> {
  await ctx.db.patch("mailboxes", mailbox._id, { isClosed: true });
}

/** Removes a closed mailbox and what is in it, about `room` documents of it. */
export async function emptyMailbox(
  ctx: MutationCtx,
  mailbox: Doc<"mailboxes">,
  room: number,
): Promise<{ documents: number; hasMore: boolean }> {
  let documents = 0;
  const events = ctx.db
    .query("events")
    .withIndex("by_name", (q) => q.eq("mailbox", mailbox._id));
  for await (const event of events) {
    if (documents >= room) return { documents, hasMore: true };
    await ctx.db.delete("events", event._id);
    await ctx.db.delete("payloads", event.payload);
    documents += 2;
  }
  const ids = ctx.db
    .query("eventIds")
    .withIndex("by_mailbox", (q) => q.eq("mailbox", mailbox._id));
  for await (const { _id } of ids) {
    if (documents >= room) return { documents, hasMore: true };
    await ctx.db.delete("eventIds", _id);
    documents += 1;
  }
  await ctx.db.delete("mailboxes", mailbox._id);
  return { documents: documents + 1, hasMore: false };
}
