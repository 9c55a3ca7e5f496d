/**
 * When durable work of some shards is due next.
 *
 * Owns reading alone: the heads of `timers` and of `outbox`, and nothing behind them.
 */
import type { QueryCtx } from "./functions.js";
import { loadCallbacks } from "./outbox.js";
import { loadTimers } from "./timers.js";

/** Finds when the first timer or callback of some shards is due; null if there is none. */
export async function findEarliest(
  ctx: QueryCtx,
  shards: number[],
): Promise<number | null> {
  const heads = await Promise.all(
    shards.flatMap((shard): Promise<{ dueAt: number }[]>[] => [
      loadTimers(ctx, shard, 1),
      loadCallbacks(ctx, shard, 1),
    ]),
  );
  const times = heads.flat().map(({ dueAt }) => dueAt);
  return times.length > 0 ? Math.min(...times) : null;
}
