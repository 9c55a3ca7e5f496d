/**
 * What events leave behind when a generation is over.
 *
 * Owns the order of the removal: waiters first, which belong to the generation, or to older
 * ones, then the mailbox, which belongs to the workflow and goes only when that has ended.
 */
import { MAILBOXES_MAX } from "../shared/constants.js";
import { isFinished } from "../shared/model.js";
import { removeAllWaiters } from "./eventWaiters.js";
import type { MutationCtx, QueryCtx } from "./functions.js";
import type { Generation } from "./journal.js";
import { closeMailbox, emptyMailbox, loadMailboxes } from "./mailboxes.js";

/** Whether a workflow has had to do with events: then it has a mailbox. */
export async function hasMailbox(ctx: QueryCtx, of: Generation): Promise<boolean> {
  return (await loadMailboxes(ctx, of.workflow, 1)).length > 0;
}

/**
 * Removes a page of what is left; see `LEFTOVERS`, where it comes first: the first call is in
 * the transaction that ends the workflow, and closes its mailbox, so that a restart does not
 * find it. A generation that was restarted leaves its mailbox to the next one.
 */
export async function removeEvents(
  ctx: MutationCtx,
  of: Generation,
  room: number,
): Promise<{ documents: number; hasMore: boolean }> {
  const mailboxes = await loadMailboxes(ctx, of.workflow);
  if (mailboxes.length === 0) return { documents: 0, hasMore: false };
  const workflow = await ctx.db.get("workflows", of.workflow);
  const hasEnded =
    !workflow || (workflow.generation === of.generation && isFinished(workflow.state));
  let documents = 0;
  for (const mailbox of mailboxes) {
    if (mailbox.isClosed || !hasEnded) continue;
    await closeMailbox(ctx, mailbox);
    mailbox.isClosed = true;
    documents += 1;
  }
  // Where there is a mailbox there may be waiters, so it goes last: a generation that was
  // restarted may still have some when the next one has ended already.
  const { workflow: id, generation } = of;
  const over = hasEnded ? { workflow: id } : { workflow: id, generation };
  const waiters = await removeAllWaiters(ctx, over, room);
  documents += waiters.documents;
  if (waiters.hasMore) return { documents, hasMore: true };
  for (const mailbox of mailboxes.filter(({ isClosed }) => isClosed)) {
    if (documents >= room) return { documents, hasMore: true };
    const emptied = await emptyMailbox(ctx, mailbox, room - documents);
    documents += emptied.documents;
    if (emptied.hasMore) return { documents, hasMore: true };
  }
  return { documents, hasMore: mailboxes.length === MAILBOXES_MAX };
}
