/**
 * Who is on a seat: its row, its incarnations, and whether they live.
 *
 * Owns reading alone; `seats.ts` owns every change.
 */
import { SEATS_MAX } from "../shared/constants.js";
import { executorError } from "../shared/errors.js";
import type { Membership } from "../shared/model.js";
import { requireConfig } from "./config.js";
import type { Doc, Id, QueryCtx } from "./functions.js";

/** One executor as its seat knows it. */
export type Incarnation = NonNullable<Doc<"seats">["current"]>;

/** Loads a seat's row; null if nothing was ever started there. */
export async function loadSeat(
  ctx: QueryCtx,
  seat: number,
): Promise<Doc<"seats"> | null> {
  return await ctx.db
    .query("seats")
    .withIndex("by_seat", (q) => q.eq("seat", seat))
    .unique();
}

/** Says what an executor is to its seat (I8). */
export function resolveMembership(
  seat: Doc<"seats"> | null,
  executor: string,
): Membership {
  if (seat?.current?.executor === executor) return "current";
  return seat?.draining.some((one) => one.executor === executor) ? "draining" : "none";
}

/**
 * Loads the incarnations whose work comes to this seat's executor: those that drain on its
 * own seat, and those on seats that the layout has dropped, where nobody else would give
 * back the claims of one that dies (S2).
 */
export async function loadPredecessors(
  ctx: QueryCtx,
  seat: Doc<"seats">,
): Promise<{ row: Doc<"seats">; incarnation: Incarnation }[]> {
  const config = await requireConfig(ctx);
  const dropped = await ctx.db
    .query("seats")
    .withIndex("by_seat", (q) => q.gte("seat", config.seats))
    .take(SEATS_MAX);
  const heirs = dropped.filter((row) => row.seat % config.seats === seat.seat);
  return [seat, ...heirs].flatMap((row) =>
    row.draining.map((incarnation) => ({ row, incarnation })),
  );
}

/** Says whether an incarnation's job can still run: pending is not dead (P8). */
export async function isAlive(ctx: QueryCtx, incarnation: Incarnation): Promise<boolean> {
  const job = await ctx.db.system.get("_scheduled_functions", incarnation.job);
  return job?.state.kind === "pending" || job?.state.kind === "inProgress";
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
