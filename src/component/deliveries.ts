/**
 * The delivery of callbacks, by executors (P6).
 *
 * Owns what becomes of an attempt. An attempt is counted first, in a transaction of its
 * own, so that one which takes its transaction or its executor along has been counted; then
 * the callback runs as a sub-transaction of the mutation that deletes its row. So it has run
 * if and only if the row is gone, whatever an answer that was lost would have said.
 */
import type { FunctionHandle } from "convex/server";
import { v, type Infer, type Value } from "convex/values";
import {
  OUTBOX_ATTEMPTS,
  OUTBOX_BACKOFF_MS_MAX,
  OUTBOX_BACKOFF_MS_MIN,
  OUTBOX_LIMIT_SHARE,
  OUTBOX_PAGE,
  OUTBOX_PAGE_BYTES,
} from "../shared/constants.js";
import { speaksProtocol, vSelf, vSerializedError } from "../shared/model.js";
import { resolveThrown } from "../shared/outcomes.js";
import { measureValue } from "../shared/sizes.js";
import { normalizeId, type Doc, type MutationCtx, type QueryCtx } from "./functions.js";
import { isAlive, loadSeat } from "./incarnations.js";
import { measureLimitShare } from "./metrics.js";
import { loadCallbacks } from "./outbox.js";

type Row = Doc<"outbox">;

/** One attempt: which row, and how many attempts have been counted on it. */
const vAttempt = v.object({ row: v.string(), attempts: v.number() });
export const vAttempts = v.array(vAttempt);
type Attempt = Infer<typeof vAttempt>;

export const vDelivery = v.object({ ...vSelf, attempts: vAttempts });

/**
 * Says whether an executor may deliver: it is current, and its job was not canceled, since
 * the platform would silently drop whatever a callback schedules under it (P7).
 */
async function mayDeliver(
  ctx: MutationCtx,
  delivery: Infer<typeof vDelivery>,
): Promise<boolean> {
  if (!speaksProtocol(delivery)) return false;
  const { seat, executor } = delivery;
  const current = (await loadSeat(ctx, seat))?.current;
  return current?.executor === executor && (await isAlive(ctx, current));
}

/**
 * Reads which callbacks of some shards are due, the earliest first, at most a page, and when
 * the next one is.
 */
export async function readOutbox(
  ctx: QueryCtx,
  shards: readonly number[],
  now: number,
): Promise<{ due: Attempt[]; dueAt: number }> {
  const heads = await Promise.all(
    shards.map(async (shard) => await loadCallbacks(ctx, shard, OUTBOX_PAGE + 1)),
  );
  const sorted = heads.flat().sort((a, b) => a.dueAt - b.dueAt);
  const due = sorted.filter(({ dueAt }) => dueAt <= now).slice(0, OUTBOX_PAGE);
  return {
    due: due.map(({ _id, attempts }) => ({ row: _id, attempts })),
    // Those that are due but not listed follow when the listed ones are done.
    dueAt: sorted.find(({ dueAt }) => dueAt > now)?.dueAt ?? Infinity,
  };
}

/**
 * Counts an attempt for each row, before anything of it runs, and says which may be made.
 * If nothing more is heard of one, it is due again after its backoff. A row whose last
 * attempt ended without a word is parked.
 */
export async function countAttempts(
  ctx: MutationCtx,
  delivery: Infer<typeof vDelivery>,
): Promise<Attempt[]> {
  if (!(await mayDeliver(ctx, delivery))) return [];
  const counted: Attempt[] = [];
  for (const attempt of delivery.attempts) {
    const row = await loadAttempt(ctx, attempt);
    if (!row) continue;
    if (row.attempts >= OUTBOX_ATTEMPTS) {
      await ctx.db.patch("outbox", row._id, { state: "parked" });
      continue;
    }
    const made = row.attempts + 1;
    const dueAt = Date.now() + computeBackoffMs(made);
    await ctx.db.patch("outbox", row._id, { attempts: made, dueAt });
    counted.push({ row: row._id, attempts: made });
  }
  return counted;
}

/**
 * Runs callbacks whose attempts were counted, each in a sub-transaction of its own, and
 * deletes their rows. One that throws is kept, with its error. Answers those for which this
 * transaction had no room; there is always room for the first.
 */
export async function deliverCallbacks(
  ctx: MutationCtx,
  delivery: Infer<typeof vDelivery>,
): Promise<Attempt[]> {
  if (!(await mayDeliver(ctx, delivery))) return [];
  const { attempts } = delivery;
  let bytes = 0;
  for (const [index, attempt] of attempts.entries()) {
    const isFull = bytes > OUTBOX_PAGE_BYTES || (await isNearLimit(ctx));
    if (index > 0 && isFull) return attempts.slice(index);
    const row = await loadAttempt(ctx, attempt);
    if (row) bytes += await deliver(ctx, row);
  }
  return [];
}

async function isNearLimit(ctx: MutationCtx): Promise<boolean> {
  return (await measureLimitShare(ctx)) > OUTBOX_LIMIT_SHARE;
}

async function deliver(ctx: MutationCtx, row: Row): Promise<number> {
  const { args, bytes } = await loadCallbackArgs(ctx, row);
  try {
    await ctx.runMutation(row.fn as FunctionHandle<"mutation">, args);
  } catch (error) {
    await keepCallback(ctx, row, resolveThrown(error, Date.now()).error);
    return bytes;
  }
  await ctx.db.delete("outbox", row._id);
  await noteDelivered(ctx, row);
  return bytes;
}

/** Marks the generation as told (I6); a result that only the callback still needed goes. */
async function noteDelivered(ctx: MutationCtx, row: Row): Promise<void> {
  const { generation, result } = row;
  const workflow = await ctx.db.get("workflows", row.workflow);
  if (workflow && (workflow.notified ?? -1) < generation)
    await ctx.db.patch("workflows", workflow._id, { notified: generation });
  const isKept = result.kind !== "success" || workflow?.result === result.value;
  if (!isKept) await ctx.db.delete("payloads", result.value);
}

async function loadCallbackArgs(
  ctx: MutationCtx,
  { workflow: workflowId, context: contextId, result }: Row,
): Promise<{ args: Record<string, Value>; bytes: number }> {
  const context = contextId && (await ctx.db.get("payloads", contextId));
  const args: Record<string, Value> = { workflowId };
  if (context) args.context = context.value;
  if (result.kind === "success") {
    const payload = await ctx.db.get("payloads", result.value);
    args.result = { kind: "success", returnValue: payload?.value ?? null };
  } else args.result = result;
  return { args, bytes: measureValue(args).bytes };
}

export const vDeliveryFailure = { attempts: vAttempts, error: vSerializedError };

/** Keeps what a transaction died of that should have run callbacks (P4). */
export async function noteDeliveryFailure(
  ctx: MutationCtx,
  { attempts, error }: { attempts: Attempt[]; error: Infer<typeof vSerializedError> },
): Promise<void> {
  for (const attempt of attempts) {
    const row = await loadAttempt(ctx, attempt);
    if (row) await keepCallback(ctx, row, error);
  }
}

async function keepCallback(
  ctx: MutationCtx,
  row: Row,
  lastError: Infer<typeof vSerializedError>,
): Promise<void> {
  const isSpent = row.attempts >= OUTBOX_ATTEMPTS;
  await ctx.db.patch("outbox", row._id, {
    lastError,
    ...(isSpent ? { state: "parked" as const } : {}),
  });
}

/** Loads a row if it is still the attempt that somebody means; else others were there. */
async function loadAttempt(
  ctx: MutationCtx,
  { row: id, attempts }: Attempt,
): Promise<Row | null> {
  const rowId = normalizeId(ctx, "outbox", id);
  const row = rowId && (await ctx.db.get("outbox", rowId));
  return row?.state === "due" && row.attempts === attempts ? row : null;
}

function computeBackoffMs(attempts: number): number {
  return Math.min(OUTBOX_BACKOFF_MS_MAX, OUTBOX_BACKOFF_MS_MIN * 2 ** (attempts - 1));
}
