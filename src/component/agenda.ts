/**
 * What is due on a seat, and the firing of it (P6).
 *
 * Owns the executors' view of durable due work: a query that says what is due and when the
 * next is, and the mutation that fires a page of it. The query scans, the mutation confirms
 * by points (P3), so that neither conflicts with whoever adds work.
 */
import { v, type Infer } from "convex/values";
import {
  TIMER_DOCUMENTS_MAX,
  TIMER_PUT_OFF_MS,
  TIMER_TROUBLE_LENGTH_MAX,
  TIMERS_PAGE,
} from "../shared/constants.js";
import { vMembership, speaksProtocol, vSelf } from "../shared/model.js";
import { readOutbox, vAttempts } from "./deliveries.js";
import { loadById, type Doc, type MutationCtx, type QueryCtx } from "./functions.js";
import { loadSeat, resolveMembership } from "./incarnations.js";
import { wakeOnce } from "./seats.js";
import { TIMER_HANDLERS } from "./timerKinds.js";
import { loadTimers, type Fired } from "./timers.js";

export const vAgendaArgs = v.object(vSelf);
export const vAgenda = v.object({
  /** Timers that are due, the earliest first, at most a page. */
  timers: v.array(v.string()),
  /** Callbacks that are due, the earliest first, at most a page. */
  callbacks: vAttempts,
  /** When something is due that is not listed; null if nothing is. */
  dueAt: v.union(v.number(), v.null()),
});

/** Reads what is due on the shards of a seat's current executor. */
export async function readAgenda(
  ctx: QueryCtx,
  args: Infer<typeof vAgendaArgs>,
): Promise<Infer<typeof vAgenda>> {
  const seat = await loadSeat(ctx, args.seat, args.known);
  if (!seat || resolveMembership(seat, args.executor) !== "current")
    return { timers: [], callbacks: [], dueAt: null };
  const perShard = Math.max(2, Math.ceil((2 * TIMERS_PAGE) / seat.shards.length));
  const heads = await Promise.all(
    seat.shards.map(async (shard) => await loadTimers(ctx, shard, perShard)),
  );
  const sorted = heads.flat().sort((a, b) => a.dueAt - b.dueAt);
  const now = Date.now();
  const due = sorted.filter(({ dueAt }) => dueAt <= now).slice(0, TIMERS_PAGE);
  // A head full of due timers may hide more of them.
  const hidden = heads.map((head) => head[perShard - 1]?.dueAt ?? Infinity);
  const outbox = await readOutbox(ctx, seat.shards, now);
  const next = Math.min(sorted[due.length]?.dueAt ?? Infinity, ...hidden, outbox.dueAt);
  return {
    timers: due.map(({ _id }) => _id),
    callbacks: outbox.due,
    dueAt: next === Infinity ? null : next,
  };
}

export const vFireArgs = v.object({
  ...vSelf,
  timers: v.array(v.string()),
  /** Why the handler of this one timer threw before: it is put off instead of fired. */
  trouble: v.optional(v.string()),
});
export const vFireAnswer = v.object({
  membership: vMembership,
  /** Timers that are gone now, or put off; the others are still due. */
  fired: v.number(),
});

/** Fires due timers, as many as one transaction should. */
export async function fireTimers(
  ctx: MutationCtx,
  args: Infer<typeof vFireArgs>,
): Promise<Infer<typeof vFireAnswer>> {
  const seat = await loadSeat(ctx, args.seat, args.known);
  const membership = speaksProtocol(args)
    ? resolveMembership(seat, args.executor)
    : "none";
  if (membership !== "current") return { membership, fired: 0 };
  const fired = await wakeOnce(ctx, args.seat, async (inside) => firePage(inside, args));
  return { membership, fired };
}

async function firePage(
  ctx: MutationCtx,
  { timers, trouble }: Infer<typeof vFireArgs>,
): Promise<number> {
  let documents = 0;
  let fired = 0;
  for (const one of timers) {
    if (documents >= TIMER_DOCUMENTS_MAX) break;
    fired += 1;
    // One by one: what a timer does may end others, of its step or of its workflow.
    const timer = await loadById(ctx, "timers", one);
    // Fired by a call whose answer was lost, or put off meanwhile.
    if (!timer || timer.dueAt > Date.now()) continue;
    documents +=
      trouble === undefined
        ? await fireTimer(ctx, timer)
        : await putOff(ctx, timer, trouble);
  }
  return fired;
}

/** Fires one timer and removes it; answers the documents that this wrote. */
async function fireTimer(ctx: MutationCtx, timer: Doc<"timers">): Promise<number> {
  const workflow = await ctx.db.get("workflows", timer.workflow);
  // What an older generation left behind is removed all the same.
  const isPresent = workflow?.generation === timer.generation || timer.kind === "finish";
  // First of all, so that what it does may end all timers of its step.
  await ctx.db.delete("timers", timer._id);
  const result: Fired =
    workflow && isPresent
      ? await TIMER_HANDLERS[timer.kind](ctx, { timer, workflow })
      : { documents: 0 };
  if (result.again) {
    // Behind all others that are due.
    const { _id, _creationTime, ...fields } = timer;
    await ctx.db.insert("timers", { ...fields, dueAt: Date.now() });
  }
  return result.documents + 1;
}

/** Puts a timer off whose handler threw, so that it holds up no other. */
async function putOff(
  ctx: MutationCtx,
  timer: Doc<"timers">,
  trouble: string,
): Promise<number> {
  await ctx.db.patch("timers", timer._id, {
    dueAt: Date.now() + TIMER_PUT_OFF_MS,
    trouble: trouble.slice(0, TIMER_TROUBLE_LENGTH_MAX),
  });
  return 1;
}
