/**
 * How much of the platform's limits a transaction used (I9).
 *
 * Owns the arithmetic over `ctx.meta.getTransactionMetrics()`; writes nothing.
 */
import type { QueryCtx } from "./functions.js";

/** Computes the largest share, 0 to 1, that this transaction has used of any limit. */
export async function measureLimitShare(ctx: QueryCtx): Promise<number> {
  const metrics = await ctx.meta.getTransactionMetrics();
  let share = 0;
  for (const { used, remaining } of Object.values(metrics)) {
    const limit = used + remaining;
    if (limit > 0) share = Math.max(share, used / limit);
  }
  return share;
}
