/**
 * The operations of a commit, applied one by one.
 *
 * Owns what each operation writes. Stands on a claim that the commit has confirmed; reads
 * points only (P3) and never a workflow's own row unless the workflow ends or is parked.
 */
import type { Entry, Operation } from "../shared/commit.js";
import { PARK_SIGNALS_MAX, QUARANTINE_SHARD } from "../shared/constants.js";
import type { CommitReads } from "./commitReads.js";
import { requireConfig } from "./config.js";
import { awaitEvents } from "./events.js";
import { takePass } from "./gatePasses.js";
import { closeGate } from "./gateSettings.js";
import type { Doc, Id, MutationCtx } from "./functions.js";
import { startIsolated } from "./isolation.js";
import { settleStep } from "./journal.js";
import { insertClaim, keyOf, loadSignals, releaseClaim } from "./queues.js";
import { releaseSuspect } from "./quarantine.js";
import { startChild } from "./starting.js";
import { recordStatus } from "./statuses.js";
import { scheduleTimer } from "./timers.js";

type OperationOf<Op extends Operation["op"]> = Extract<Operation, { op: Op }>;

/**
 * Takes the claim that an entry's first operation asks for; null if another was faster or
 * the row is gone. Rows are confirmed by point reads, so two claimers race to one winner.
 */
export async function takeClaim(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
  reads: CommitReads,
  { generation, operations: [operation] }: Entry,
): Promise<Doc<"claims"> | null> {
  if (operation?.op === "claimTask")
    return await takeTask(ctx, executor, reads, operation);
  if (operation?.op !== "claimReplay") return null;
  const row = reads.takeRow(operation.row);
  if (row?.generation !== generation) return null;
  // With a journal from before it was made to end, its handler would go on as it was (E1).
  const ending = reads.endingOf(row.workflow);
  if (ending?.isSettling || ending?.at !== operation.ending) return null;
  return await insertClaim(ctx, executor, row);
}

async function takeTask(
  ctx: MutationCtx,
  executor: Id<"heartbeats">,
  reads: CommitReads,
  { task, startedAt }: OperationOf<"claimTask">,
): Promise<Doc<"claims"> | null> {
  const row = reads.takeRow(task);
  if (!row) return null;
  await ctx.db.delete("taskQueue", row._id as Id<"taskQueue">);
  await ctx.db.patch("workflows", row.workflow, { state: "running", startedAt });
  return await insertClaim(ctx, executor, keyOf(row));
}

/** Applies one operation; answers whether the claim is still held after it. */
export async function applyOperation(
  ctx: MutationCtx,
  reads: CommitReads,
  claim: Doc<"claims">,
  operation: Operation,
): Promise<boolean> {
  switch (operation.op) {
    case "claimTask":
    case "claimReplay":
      return true; // taken before the entry was applied
    case "consume":
      for (const { _id } of reads.takeSignals(operation.rows))
        await ctx.db.delete("replayQueue", _id);
      return true;
    case "settle": {
      const step = await reads.requireStep(ctx, claim, operation.number);
      await settleStep(ctx, step, operation.outcome, operation.settledAt);
      return true;
    }
    case "retry":
      await recordRetry(ctx, reads, claim, operation);
      return true;
    case "restart":
      await recordRestart(ctx, reads, claim, operation);
      return true;
    case "defer":
      await deferWait(ctx, reads, claim, operation);
      return true;
    case "step":
      await insertStep(ctx, claim, operation);
      return true;
    case "pass":
      await takePass(ctx, claim.workflow, operation);
      return true;
    case "closeGate":
      await closeGate(ctx, operation.key, Date.now() + operation.forMs);
      return true;
    case "status":
      await recordStatus(ctx, claim, operation.value);
      return true;
    case "finish":
      return false; // applied after all else; see `applyEnds`
    case "release":
      if (claim.shard === QUARANTINE_SHARD) await releaseSuspect(ctx, claim, operation);
      else await releaseClaim(ctx, claim, operation);
      return false;
    case "park":
      await parkWorkflow(ctx, claim, operation);
      return false;
  }
}

async function insertStep(
  ctx: MutationCtx,
  claim: Doc<"claims">,
  { op: _op, child, isolated, event, ...fields }: OperationOf<"step">,
): Promise<void> {
  const { workflow, generation } = claim;
  const row = { workflow, generation, failures: 0, startedAt: Date.now(), ...fields };
  if (child) {
    const config = await requireConfig(ctx);
    const begin = { ...child, beginsAt: fields.dueAt };
    const id = await startChild(ctx, keyOf(claim), fields.number, begin, config);
    await ctx.db.insert("steps", { ...row, child: id });
  } else if (isolated) {
    const work = await startIsolated(ctx, keyOf(claim), fields, isolated);
    await ctx.db.insert("steps", { ...row, work });
  } else if (event) {
    const outcome = await awaitEvents(ctx, keyOf(claim), fields, event);
    const settled = outcome && { outcome, settledAt: Date.now(), dueAt: undefined };
    const failures = outcome?.kind === "failed" ? 1 : 0;
    await ctx.db.insert("steps", { ...row, ...settled, failures });
  } else {
    await ctx.db.insert("steps", row);
  }
  if (fields.isFar && fields.dueAt !== undefined) {
    const kind = fields.kind === "sleep" ? "sleep" : "resume";
    await scheduleTimer(ctx, claim, kind, fields.dueAt, fields.number);
  }
}

async function recordRetry(
  ctx: MutationCtx,
  reads: CommitReads,
  claim: Doc<"claims">,
  operation: OperationOf<"retry">,
): Promise<void> {
  const { number, attempts, failures, dueAt, isFar, refusals } = operation;
  const step = await reads.requireStep(ctx, claim, number);
  if (step.outcome) return;
  const waits = { dueAt, isFar, since: Date.now() };
  const progress = { attempts, failures, refusals, ...waits };
  await ctx.db.patch("steps", step._id, { ...progress, lastError: operation.error });
  if (isFar) await scheduleTimer(ctx, claim, "resume", dueAt, number);
}

async function recordRestart(
  ctx: MutationCtx,
  reads: CommitReads,
  claim: Doc<"claims">,
  { number, attempts }: OperationOf<"restart">,
): Promise<void> {
  const step = await reads.requireStep(ctx, claim, number);
  if (!step.outcome)
    await ctx.db.patch("steps", step._id, {
      attempts,
      dueAt: undefined,
      since: Date.now(),
    });
}

/** Has a timer end a wait that began in memory. */
async function deferWait(
  ctx: MutationCtx,
  reads: CommitReads,
  claim: Doc<"claims">,
  { number, attempts, dueAt }: OperationOf<"defer">,
): Promise<void> {
  const step = await reads.requireStep(ctx, claim, number);
  if (step.outcome) return;
  await ctx.db.patch("steps", step._id, { attempts, dueAt, isFar: true });
  const kind = step.kind === "sleep" ? "sleep" : "resume";
  await scheduleTimer(ctx, claim, kind, dueAt, number);
}

async function parkWorkflow(
  ctx: MutationCtx,
  claim: Doc<"claims">,
  { error, fingerprint }: OperationOf<"park">,
): Promise<void> {
  // Those that came after the holder's look; it has consumed the others. Should more be
  // left, the workflow is taken up again by the same code, and parked again.
  for (const { _id } of await loadSignals(ctx, claim, PARK_SIGNALS_MAX))
    await ctx.db.delete("replayQueue", _id);
  await ctx.db.delete("claims", claim._id);
  await ctx.db.patch("workflows", claim.workflow, {
    state: "parked",
    error,
    parkedBy: fingerprint,
  });
}
