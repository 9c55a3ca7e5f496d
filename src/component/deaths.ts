/**
 * Burying the dead of a seat: who has died, and what the seat remembers of it (P8, P9).
 *
 * Owns `death` of incarnations and the count of deaths on a seat. A death is noted once: from
 * then on the incarnation is no member of its seat, so that nothing it still does counts.
 * Its claims are given back by whoever comes first (`leaving.ts`).
 */
import { QUARANTINE_SEAT } from "../shared/constants.js";
import {
  countDeath,
  isJobAlive,
  judgeDeath,
  judgeStale,
  type Death,
} from "../shared/deaths.js";
import type { Doc, Id, MutationCtx } from "./functions.js";
import { dropTrades } from "./gateDemands.js";
import { dropRevocations } from "./revocations.js";
import {
  holdsClaims,
  listIncarnations,
  loadJobState,
  type Incarnation,
} from "./incarnations.js";

/**
 * Notes which incarnations of a seat are dead, and forgets those that hold nothing; `stuck`
 * ones are fenced as if they were. Answers the row as it is then.
 */
export async function buryDead(
  ctx: MutationCtx,
  row: Doc<"seats">,
  stuck: readonly string[] = [],
): Promise<Doc<"seats">> {
  let buried = row;
  const draining: Incarnation[] = [];
  for (const one of listIncarnations(row)) {
    const death = one.death ?? (await findDeath(ctx, one, stuck));
    if (!death) {
      if (one.executor !== row.current?.executor) draining.push(one);
      continue;
    }
    if (!one.death) buried = { ...buried, ...(await addDeath(ctx, buried, one, death)) };
    if (await holdsClaims(ctx, one.executor)) draining.push({ ...one, death });
    else await forgetIncarnation(ctx, one.executor);
    if (one.executor !== row.current?.executor) continue;
    buried = { ...buried, current: null };
    if (row.state === "running") buried = { ...buried, state: "idle" };
  }
  const { state, current, deaths, notBefore, slotsMax } = buried;
  const fields = { state, current, draining, deaths, notBefore, slotsMax };
  // A seat without dead ones is not written: the platform drops an equal patch.
  await ctx.db.patch("seats", row._id, fields);
  return { ...buried, draining };
}

/** Removes the heartbeat of an incarnation that holds nothing any more, and its grants. */
export async function forgetIncarnation(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
): Promise<void> {
  if (!(await ctx.db.get("heartbeats", executor))) return;
  await ctx.db.delete("heartbeats", executor);
  await dropTrades(ctx, executor);
  await dropRevocations(ctx, executor);
}

async function findDeath(
  ctx: MutationCtx,
  { executor, job }: Incarnation,
  stuck: readonly string[],
): Promise<Death | null> {
  const state = await loadJobState(ctx, job);
  if (!isJobAlive(state)) return judgeDeath(state);
  return stuck.includes(executor) ? judgeStale() : null;
}

async function addDeath(
  ctx: MutationCtx,
  row: Doc<"seats">,
  { executor }: Incarnation,
  death: Death,
): Promise<Partial<Doc<"seats">>> {
  const heartbeat = await ctx.db.get("heartbeats", executor);
  // In quarantine the count says how far the bisection has come: progress does not undo it.
  const hasProgressed =
    row.seat !== QUARANTINE_SEAT && (heartbeat?.hasProgressed ?? false);
  return countDeath(row, death, { hasProgressed, nowMs: Date.now() });
}
