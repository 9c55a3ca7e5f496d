/**
 * The group commit: the one mutation by which an executor makes progress durable (D2).
 *
 * Owns the commit's number and the order of entries. It decides nothing: the executor has
 * decided, and the commit either applies an entry as a whole or answers that the claim
 * behind it is gone.
 *
 * Invariants:
 * - C1 A number is applied once. The number after the stored one applies, the stored one is
 *   answered from what is stored, any other is refused (P4).
 * - C2 Nothing is written for an entry whose claim is gone (P5).
 * - C3 Only a current incarnation takes claims (I8); a draining one only commits.
 * - C4 No range of a queue is read here: only points (P3).
 */
import type { CommitAnswer, CommitArgs, Entry, EntryAnswer } from "../shared/commit.js";
import { PROTOCOL, type Membership } from "../shared/model.js";
import {
  loadById,
  normalizeId,
  type Doc,
  type Id,
  type MutationCtx,
} from "./functions.js";
import { applyEnds, type CommitEnd } from "./commitEnds.js";
import { CommitReads } from "./commitReads.js";
import { measureLimitShare } from "./metrics.js";
import { applyOperation, takeClaim, type Claimant } from "./operations.js";
import { loadClaim } from "./queues.js";
import { loadSeat, resolveMembership } from "./incarnations.js";
import { forgetHeard } from "./revocations.js";
import { wakeOnce } from "./seats.js";

/** Whoever commits: on which seat, and as what. */
export type Committer = {
  heartbeat: Doc<"heartbeats">;
  seat: Doc<"seats">;
  membership: Membership;
};

/** Loads who commits; null if no seat knows it, or its code is not ours. */
export async function loadCommitter(
  ctx: MutationCtx,
  args: CommitArgs,
): Promise<Committer | null> {
  const [seat, heartbeat] = await Promise.all([
    loadSeat(ctx, args.seat, args.known),
    loadById(ctx, "heartbeats", args.executor),
  ]);
  const membership = resolveMembership(seat, args.executor);
  const isMember = membership !== "none" && args.protocol === PROTOCOL;
  return seat && heartbeat && isMember ? { heartbeat, seat, membership } : null;
}

/** Applies a commit, or says what became of an earlier one with the same number. */
export async function applyCommit(
  ctx: MutationCtx,
  { heartbeat, seat, membership }: Committer,
  args: CommitArgs,
): Promise<CommitAnswer> {
  if (args.seq === heartbeat.commitSeq) {
    const entries = await answerAgain(ctx, args.entries, heartbeat);
    return { kind: "repeated", membership, entries };
  }
  if (args.seq !== heartbeat.commitSeq + 1)
    return { kind: "refused", membership, entries: [] };

  const self = { executor: heartbeat._id, seat };
  const there = membership === "current" ? args.seat : null;
  const entries = await wakeOnce(ctx, there, async (inside) =>
    applyEntries(inside, args.entries, self, membership),
  );
  if (args.heard) await forgetHeard(ctx, heartbeat._id, args.heard);
  await ctx.db.patch("heartbeats", heartbeat._id, {
    commitSeq: args.seq,
    at: Date.now(),
    limitShare: Math.max(heartbeat.limitShare, await measureLimitShare(ctx)),
    lost: listLost(entries),
    ...(args.entries.some(isProgress) ? { hasProgressed: true } : {}),
  });
  return { kind: "applied", membership, entries };
}

/** Whether an entry says that something is done, not only begun (P9). */
function isProgress({ operations }: Entry): boolean {
  return operations.some(({ op }) => op === "settle" || op === "finish");
}

async function applyEntries(
  ctx: MutationCtx,
  entries: Entry[],
  self: Claimant,
  membership: Membership,
): Promise<EntryAnswer[]> {
  const reads = new CommitReads();
  const [held] = await Promise.all([
    Promise.all(entries.map(async (entry) => await loadHeld(ctx, entry, self.executor))),
    reads.load(ctx, entries),
  ]);
  const answers: EntryAnswer[] = [];
  const ends: CommitEnd[] = [];
  for (const [index, entry] of entries.entries()) {
    const claim =
      held[index] ??
      (entry.claim === undefined && membership === "current"
        ? await takeClaim(ctx, self, reads, entry)
        : null);
    answers.push(claim ? await applyEntry(ctx, reads, entry, claim) : { kind: "lost" });
    const last = entry.operations.at(-1);
    if (claim && last?.op === "finish") ends.push({ claim, operation: last, index });
  }
  for (const index of await applyEnds(ctx, reads, ends))
    answers[index] = { kind: "applied", claim: null, isOwed: true };
  return answers;
}

async function applyEntry(
  ctx: MutationCtx,
  reads: CommitReads,
  entry: Entry,
  claim: Doc<"claims">,
): Promise<EntryAnswer> {
  let isHeld = true;
  for (const operation of entry.operations) {
    isHeld = await applyOperation(ctx, reads, claim, operation);
  }
  return { kind: "applied", claim: isHeld ? claim._id : null };
}

/** Loads the claim an entry names, if this incarnation still holds it (C2, I5). */
async function loadHeld(
  ctx: MutationCtx,
  entry: Entry,
  executor: Id<"heartbeats">,
): Promise<Doc<"claims"> | null> {
  if (entry.claim === undefined) return null;
  const claim = await loadById(ctx, "claims", entry.claim);
  return claim?.executor === executor && claim.generation === entry.generation
    ? claim
    : null;
}

/** Lists the entries of which nothing was applied; undefined if there are none. */
function listLost(answers: readonly EntryAnswer[]): number[] | undefined {
  const lost = answers.flatMap(({ kind }, index) => (kind === "lost" ? [index] : []));
  return lost.length > 0 ? lost : undefined;
}

/**
 * Answers a number that was applied before. The heartbeat has stored which entries were
 * lost. What the others asked for has happened, unless the claim of one that keeps it is
 * gone meanwhile, and then the executor must let go of the workflow anyway.
 */
async function answerAgain(
  ctx: MutationCtx,
  entries: Entry[],
  { _id: executor, lost = [] }: Doc<"heartbeats">,
): Promise<EntryAnswer[]> {
  return await Promise.all(
    entries.map(async (entry, index): Promise<EntryAnswer> => {
      if (lost.includes(index)) return { kind: "lost" };
      const end = entry.operations.find(
        ({ op }) => op === "finish" || op === "release" || op === "park",
      );
      // Whether its callback was owed is not stored: asking for it in vain costs a query.
      if (end?.op === "finish") return { kind: "applied", claim: null, isOwed: true };
      if (end) return { kind: "applied", claim: null };
      const id = normalizeId(ctx, "workflows", entry.workflow);
      const claim = id && (await loadClaim(ctx, id));
      const isHeld =
        claim?.executor === executor && claim.generation === entry.generation;
      if (!isHeld) return { kind: "lost" };
      return { kind: "applied", claim: claim._id };
    }),
  );
}
