/**
 * What a gate lets through, and who says so (P15).
 *
 * Owns the `gates` rows. Limits come from the code, with the workflows that name them: the
 * youngest workflow's win, so that two versions of an app which run side by side end with
 * the newer one's. What an operator sets wins over the code's until it is cleared.
 */
import { GATE_CLOSE_GRAIN_MS, RETRY_AFTER_MS_MAX } from "../shared/constants.js";
import { checkKey, resolveLimits } from "../shared/gateOptions.js";
import type { GateLimits } from "../shared/gates.js";
import { loadById, type Doc, type MutationCtx, type QueryCtx } from "./functions.js";
import type { NamedGate } from "./gateTradeShapes.js";

type Gate = Doc<"gates">;
type Override = NonNullable<Gate["override"]>;

/** Loads a gate by its key; null if nobody has named it yet. */
export async function loadGate(
  ctx: QueryCtx,
  key: string,
  known?: string,
): Promise<Gate | null> {
  const row = await loadById(ctx, "gates", known);
  if (row?.key === key) return row;
  return await ctx.db
    .query("gates")
    .withIndex("by_key", (q) => q.eq("key", key))
    .unique();
}

/**
 * Resolves the limits in force: an operator's, else the code's. A rate that an operator sets
 * is the rate, unless he says that it is the most.
 */
export function resolveForce({ declared, override = {} }: Gate): GateLimits {
  const isExact = typeof override.rate === "number" && override.adaptive === undefined;
  const limits = { ...declared, ...override, ...(isExact ? { adaptive: false } : {}) };
  if (override.rate !== undefined) {
    const { per } = override;
    return resolveLimits({
      ...dropNull(limits),
      per: override.rate === null ? undefined : per,
    });
  }
  return dropNull(limits);
}

function dropNull(limits: GateLimits | Override): GateLimits {
  const { rate, per, concurrency, adaptive } = limits;
  return {
    ...(adaptive ? { adaptive } : {}),
    ...(rate === undefined || rate === null ? {} : { rate }),
    ...(per === undefined || rate === null ? {} : { per }),
    ...(concurrency === undefined || concurrency === null ? {} : { concurrency }),
  };
}

/** Loads a gate, and takes over the limits that a workflow created at `by` declares. */
export async function declareGate(
  ctx: MutationCtx,
  { key, rows, declared, by }: NamedGate & { declared: GateLimits; by: number },
): Promise<Gate> {
  const gate = await loadGate(ctx, key, rows?.gate);
  if (!gate) return await insertGate(ctx, { key, declared, declaredBy: by });
  if (!declaresAnew(gate, { declared, by })) return gate;
  return await changeLimits(ctx, gate, { declared, declaredBy: by });
}

/** Whether a workflow created at `by` declares other limits than those of a gate. */
export function declaresAnew(
  gate: Gate,
  { declared, by }: { declared: GateLimits; by: number },
): boolean {
  return by > gate.declaredBy && !isSame(declared, gate.declared);
}

function isSame(a: GateLimits, b: GateLimits): boolean {
  const isAlike = a.rate === b.rate && a.per === b.per && a.concurrency === b.concurrency;
  return isAlike && (a.adaptive ?? false) === (b.adaptive ?? false);
}

/**
 * Closes a gate for all: a `retry-after` of whoever passed it, `tookMs` after its request was
 * sent. An adaptive one voids what it has dealt: it was dealt at a pace that was too fast.
 */
export async function closeGate(
  ctx: MutationCtx,
  { key, forMs, tookMs = 0 }: { key: string; forMs: number; tookMs?: number | undefined },
): Promise<void> {
  const loaded = await loadGate(ctx, key);
  const gate = loaded && (await anchorClosing(ctx, loaded));
  const now = Date.now();
  const closedUntil = now + Math.min(forMs, RETRY_AFTER_MS_MAX);
  if (!gate || closedUntil < gate.closedUntil + GATE_CLOSE_GRAIN_MS) return;
  const refusedAt = now - Math.max(0, tookMs);
  const fields = { closedUntil, closedAt: now, refusedAt };
  if (resolveForce(gate).adaptive) await changeGate(ctx, gate, fields);
  else await ctx.db.patch("gates", gate._id, fields);
}

/** Whether a gate was closed at a time that is still to come: the clock was set back. */
export function isAhead({ closedAt }: Gate): boolean {
  return closedAt > Date.now();
}

/**
 * Notes anew for how long a gate is closed, if that was said at a time that is still to come:
 * the clock was set back, and must not close the gate for as long. Every trade does.
 */
export async function anchorClosing(ctx: MutationCtx, gate: Gate): Promise<Gate> {
  if (!isAhead(gate)) return gate;
  const now = Date.now();
  const fields = {
    closedUntil: gate.closedUntil - (gate.closedAt - now),
    closedAt: now,
  };
  await ctx.db.patch("gates", gate._id, fields);
  return { ...gate, ...fields };
}

/** Sets limits over the code's; a limit left out is the code's, null is none. */
export async function setLimits(
  ctx: MutationCtx,
  key: string,
  override: Override,
): Promise<void> {
  resolveLimits({
    rate: override.rate ?? undefined,
    per: override.per,
    concurrency: override.concurrency ?? undefined,
  });
  await changeLimits(ctx, await requireGate(ctx, key), { override });
}

/** Lets the code's limits be in force again, and opens the gate if a `retry-after` closed it. */
export async function clearLimits(ctx: MutationCtx, key: string): Promise<void> {
  const gate = await requireGate(ctx, key);
  await changeLimits(ctx, gate, { override: undefined, ...reopened(gate) });
}

/** Lets nobody pass until `resumeGate`. */
export async function pauseGate(ctx: MutationCtx, key: string): Promise<void> {
  const gate = await requireGate(ctx, key);
  if (!gate.paused) await changeGate(ctx, gate, { paused: true });
}

/** Opens a paused gate; what waits is let through at its rate, without a burst. */
export async function resumeGate(ctx: MutationCtx, key: string): Promise<void> {
  const gate = await requireGate(ctx, key);
  if (!gate.paused) return;
  const now = Date.now();
  const closedUntil = Math.max(gate.closedUntil, now);
  await changeGate(ctx, gate, { paused: false, closedUntil, closedAt: now });
}

function reopened(gate: Gate): Partial<Gate> {
  const now = Date.now();
  return gate.closedUntil > now ? { closedUntil: now, closedAt: now } : {};
}

/** An operator may set a gate before anybody has named it. */
async function requireGate(ctx: MutationCtx, key: string): Promise<Gate> {
  checkKey(key);
  const gate = await loadGate(ctx, key);
  return gate ?? (await insertGate(ctx, { key, declared: {}, declaredBy: 0 }));
}

async function insertGate(
  ctx: MutationCtx,
  fields: Pick<Gate, "key" | "declared" | "declaredBy">,
): Promise<Gate> {
  const times = { closedUntil: 0, closedAt: 0, refusedAt: 0, changedAt: 0 };
  const row = { ...fields, ...times, paused: false, version: 1 };
  const id = await ctx.db.insert("gates", row);
  return { _id: id, _creationTime: Date.now(), ...row };
}

/** Changes what is in force; what the gate has learned under other limits is forgotten. */
async function changeLimits(
  ctx: MutationCtx,
  gate: Gate,
  changes: Partial<Gate>,
): Promise<Gate> {
  return await changeGate(ctx, gate, { ...changes, changedAt: Date.now() });
}

async function changeGate(
  ctx: MutationCtx,
  gate: Gate,
  changes: Partial<Gate>,
): Promise<Gate> {
  const fields = { ...changes, version: gate.version + 1 };
  await ctx.db.patch("gates", gate._id, fields);
  return { ...gate, ...fields };
}
