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
} from "../shared/commit.js";
import { internal } from "./_generated/api.js";
import { applyCommit, loadCommitter, type Committer } from "./commits.js";
import type { MutationCtx } from "./functions.js";
import { boundTrades, nameGate, rideToGates } from "./gateTrading.js";
import { vTrade, vTradeAnswer } from "./gateTradeShapes.js";
import { vScanAnswer, vScanWanted } from "./scanning.js";

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

const REFUSED = { kind: "refused" as const, membership: "none" as const, entries: [] };

/** Commits, and answers the riders. A commit that is refused carries none. */
export async function commitWithRiders(
  ctx: MutationCtx,
  { riders, ...commit }: Infer<typeof vCommitCall>,
): Promise<Infer<typeof vCommitCallAnswer>> {
  const committer = await loadCommitter(ctx, commit);
  if (!committer) return REFUSED;
  const answer = await applyCommit(ctx, committer, commit);
  if (!riders || answer.kind === "refused") return answer;
  return { ...answer, riders: await answerRiders(ctx, committer, commit, riders) };
}

/** Answers them from one look at the snapshot, which tells the same wherever it is made. */
async function answerRiders(
  ctx: MutationCtx,
  { heartbeat: { _id: executor }, seat, membership }: Committer,
  { entries, known, heard = [] }: CommitArgs,
  riders: Riders,
): Promise<RidersAnswer> {
  const asked = boundTrades(riders.trades);
  const { scan, standings, revoked } = await ctx.runQuery(
    internal.riderViews.seen,
    {
      executor,
      seat,
      gates: asked.map(nameGate),
      ...(riders.scan
        ? { scan: { ...riders.scan, known, ended: listEnded(entries) } }
        : {}),
      ...(riders.revoked ? { heard } : {}),
    },
    { useStaleSnapshot: true },
  );
  const trades = await rideToGates(ctx, executor, asked, standings);
  const traded = asked.length > 0 ? { membership, now: Date.now(), trades } : null;
  return { scan, traded, ...(revoked ? { revoked } : {}) };
}

/** Signals that the snapshot still shows, though the commit ends them. */
function listEnded(entries: Entry[]): string[] {
  return entries.flatMap(({ operations }) =>
    operations.flatMap((one) => (one.op === "consume" ? one.rows : [])),
  );
}
