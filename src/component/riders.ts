/**
 * Riders: what an executor would ask in calls of its own, and asks with a commit instead.
 *
 * Owns the call that carries both (D2). Riders read the snapshot in which the commit began
 * and add nothing to what it has read, so that neither a start (P3) nor a trade of somebody
 * else (T2) conflicts with it. What the commit itself changes they do not see.
 */
import { v, type Infer } from "convex/values";
import {
  vCommitAnswer,
  vCommitArgs,
  vRevoked,
  type CommitArgs,
  type Entry,
  type Revoked,
} from "../shared/commit.js";
import { dropUndefined } from "../shared/fields.js";
import { api, internal } from "./_generated/api.js";
import { applyCommit } from "./commits.js";
import { normalizeId, type MutationCtx } from "./functions.js";
import { rideToGates } from "./gateTrading.js";
import { vTrade, vTradeAnswer } from "./gateTradeShapes.js";
import { vScanAnswer, vScanWanted, type Scan } from "./scanning.js";

const vRiders = v.object({
  scan: v.optional(v.object(vScanWanted)),
  trades: v.array(vTrade),
  /** Whether to say what was revoked. */
  revoked: v.optional(v.boolean()),
});
export type Riders = Infer<typeof vRiders>;

const vRidersAnswer = v.object({
  scan: v.union(v.null(), vScanAnswer),
  traded: v.union(v.null(), vTradeAnswer),
  /** Claims that somebody else has ended; nothing of these workflows counts any more. */
  revoked: v.optional(v.array(vRevoked)),
});
export type RidersAnswer = Infer<typeof vRidersAnswer>;

export const vCommitCall = vCommitArgs.extend({ riders: v.optional(vRiders) });
export const vCommitCallAnswer = vCommitAnswer.extend({
  riders: v.optional(vRidersAnswer),
});

/** Commits, and answers the riders. A commit that is refused carries none. */
export async function commitWithRiders(
  ctx: MutationCtx,
  { riders, ...commit }: Infer<typeof vCommitCall>,
): Promise<Infer<typeof vCommitCallAnswer>> {
  const answer = await applyCommit(ctx, commit);
  if (!riders || answer.kind === "refused") return answer;
  const { protocol, seat, executor, entries } = commit;
  const self = { protocol, seat, executor };
  const ended = listEnded(entries);
  // Annotated: the module of this query's registration imports this one.
  const scan: Scan | null = riders.scan
    ? await ctx.runQuery(
        api.executor.scan,
        { ...self, ...riders.scan, ended },
        { useStaleSnapshot: true },
      )
    : null;
  const { trades } = riders;
  const traded = trades.length > 0 ? await rideToGates(ctx, { ...self, trades }) : null;
  const revoked = riders.revoked ? await listRevoked(ctx, commit) : undefined;
  return { ...answer, riders: { scan, traded, ...dropUndefined({ revoked }) } };
}

async function listRevoked(
  ctx: MutationCtx,
  { executor: id, heard = [] }: CommitArgs,
): Promise<Revoked[]> {
  const executor = normalizeId(ctx, "heartbeats", id);
  if (!executor) return [];
  return await ctx.runQuery(
    internal.revocations.listed,
    { executor, heard },
    { useStaleSnapshot: true },
  );
}

/** Signals that the snapshot still shows, though the commit ends them. */
function listEnded(entries: Entry[]): string[] {
  return entries.flatMap(({ operations }) =>
    operations.flatMap((one) => (one.op === "consume" ? one.rows : [])),
  );
}
