/**
 * Who is on a seat: its row, its incarnations, and whether they live.
 *
 * Owns reading alone; `seats.ts` owns every change.
 */
import { QUARANTINE_SEAT, SEATS_MAX } from "../shared/constants.js";
import { isJobAlive, type JobState } from "../shared/deaths.js";
import { executorError } from "../shared/errors.js";
import type { KnownRows, Membership } from "../shared/model.js";
import { loadById, type Doc, type Id, type QueryCtx } from "./functions.js";

/** One executor as its seat knows it. */
export type Incarnation = NonNullable<Doc<"seats">["current"]>;

/** Loads a seat's row; null if nothing was ever started there. */
export async function loadSeat(
  ctx: QueryCtx,
  seat: number,
  known?: Pick<KnownRows, "seat">,
): Promise<Doc<"seats"> | null> {
  const row = await loadById(ctx, "seats", known?.seat);
  if (row?.seat === seat) return row;
  return await ctx.db
    .query("seats")
    .withIndex("by_seat", (q) => q.eq("seat", seat))
    .unique();
}

/** Says what an executor is to its seat (I8). One that was found dead, or fenced, is nobody. */
export function resolveMembership(
  seat: Doc<"seats"> | null,
  executor: string,
): Membership {
  if (seat?.current?.executor === executor) return "current";
  const draining = seat?.draining.find((one) => one.executor === executor);
  return draining && !draining.death ? "draining" : "none";
}

/**
 * Says what an executor is to its seat, and that it is nobody if its job was canceled: the
 * platform silently drops whatever its mutations schedule, a user's too (P7).
 */
export async function checkMembership(
  ctx: QueryCtx,
  seat: Doc<"seats"> | null,
  executor: string,
): Promise<Membership> {
  const membership = resolveMembership(seat, executor);
  const self = seat && listIncarnations(seat).find((one) => one.executor === executor);
  if (!self || membership === "none") return "none";
  const job = await loadJobState(ctx, self.job);
  return job?.kind === "canceled" ? "none" : membership;
}

/** Lists everybody whom a seat knows, the dead among them. */
export function listIncarnations(row: Doc<"seats">): Incarnation[] {
  return row.current ? [...row.draining, row.current] : row.draining;
}

/**
 * Loads the incarnations whose work comes to this seat's executor: those that drain on its
 * own seat, and those on seats that the layout has dropped, where nobody else would give
 * back the claims of one that dies (S2).
 */
export async function loadPredecessors(
  ctx: QueryCtx,
  config: Doc<"config">,
  seat: Doc<"seats">,
): Promise<{ row: Doc<"seats">; incarnation: Incarnation }[]> {
  const { seats, seatsEver = Infinity } = config;
  const dropped = seatsEver > seats ? await loadDropped(ctx, config) : [];
  const heirs = dropped.filter((row) => row.seat % config.seats === seat.seat);
  return [seat, ...heirs].flatMap((row) =>
    row.draining.map((incarnation) => ({ row, incarnation })),
  );
}

/** Loads the seats that the layout has dropped. */
async function loadDropped(
  ctx: QueryCtx,
  { seats }: Doc<"config">,
): Promise<Doc<"seats">[]> {
  return await ctx.db
    .query("seats")
    .withIndex("by_seat", (q) => q.gte("seat", seats).lt("seat", QUARANTINE_SEAT))
    .take(SEATS_MAX);
}

/** Says whether an incarnation can still work: not fenced, and its job pending or running. */
export async function isAlive(ctx: QueryCtx, incarnation: Incarnation): Promise<boolean> {
  return !incarnation.death && isJobAlive(await loadJobState(ctx, incarnation.job));
}

/** Loads how a scheduled job stands; null once the platform has forgotten it. */
export async function loadJobState(
  ctx: QueryCtx,
  job: Id<"_scheduled_functions">,
): Promise<JobState> {
  return (await ctx.db.system.get("_scheduled_functions", job))?.state ?? null;
}

/**
 * Reads a job back right after scheduling it: the platform silently cancels whatever a
 * canceled job schedules, and an executor that never runs would leave its seat dead (P7).
 */
export async function checkScheduled(
  ctx: QueryCtx,
  job: Id<"_scheduled_functions">,
): Promise<void> {
  const scheduled = await ctx.db.system.get("_scheduled_functions", job);
  if (scheduled?.state.kind !== "canceled") return;
  throw executorError(
    "CALLER_CANCELED",
    "The scheduled function that adds this work was canceled, so the platform would drop the executor it needs. Start the workflow from a function that was not canceled.",
  );
}

/** Says whether an incarnation still holds any claim. */
export async function holdsClaims(
  ctx: QueryCtx,
  executor: Id<"heartbeats">,
): Promise<boolean> {
  const claim = await ctx.db
    .query("claims")
    .withIndex("by_executor", (q) => q.eq("executor", executor))
    .first();
  return claim !== null;
}

/** Says whether a predecessor lives, and how many claims it holds, up to `slots`. */
export async function lookAtPredecessor(
  ctx: QueryCtx,
  incarnation: Incarnation,
  slots: number,
): Promise<{ executor: string; isAlive: boolean; claims: number }> {
  const claims = await ctx.db
    .query("claims")
    .withIndex("by_executor", (q) => q.eq("executor", incarnation.executor))
    .take(slots);
  return {
    executor: incarnation.executor,
    isAlive: await isAlive(ctx, incarnation),
    claims: claims.length,
  };
}
