/**
 * Bulk operations of operators: fail or clear what is queued or running.
 *
 * Owns the pages. Each transaction settles at most OPERATOR_PAGE workflows and schedules
 * itself for the rest, so that a click in the dashboard is enough. Whatever is removed
 * from a queue is settled in the same transaction: nothing is left unfinished (I1).
 */
import { v, type Infer } from "convex/values";
import {
  DRY_RUN_COUNT_MAX,
  FINISH_DOCUMENTS,
  OPEN_STEPS_MAX,
  OPERATOR_DOCUMENTS_MAX,
  OPERATOR_LIMIT_MAX,
  OPERATOR_PAGE,
  SHARDS_MAX,
} from "../shared/constants.js";
import { assert } from "../shared/errors.js";
import { isFinished } from "../shared/model.js";
import { checkWhole } from "../shared/ranges.js";
import { internal } from "./_generated/api.js";
import { internalMutation } from "./_generated/server.js";
import { finishWorkflow } from "./finishing.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import { loadOpenSteps, settleStep } from "./journal.js";
import { dropSignals, keyOf, signalWorkflow } from "./queues.js";

export const vBulkArgs = {
  /** Only this shard; all by default. */
  shard: v.optional(v.number()),
  /** Workflows to settle at most; all by default. */
  limit: v.optional(v.number()),
  /** Count what would be settled, and change nothing. */
  dryRun: v.optional(v.boolean()),
};
/**
 * `settled` by this call; `continues` in the background if there is more. With `dryRun`,
 * `settled` is what would be, and `continues` says that the count stopped early.
 */
export const vBulkAnswer = v.object({
  settled: v.number(),
  continues: v.boolean(),
  dryRun: v.boolean(),
});
type BulkAnswer = Infer<typeof vBulkAnswer>;

/** What a bulk operation works on, and what it does to each row. */
export const vBulkVerb = v.union(
  v.literal("failTasks"),
  v.literal("failClaims"),
  v.literal("clearTasks"),
  v.literal("clearReplays"),
);
type BulkVerb = Infer<typeof vBulkVerb>;

const TABLE_OF = {
  failTasks: "taskQueue",
  failClaims: "claims",
  clearTasks: "taskQueue",
  clearReplays: "replayQueue",
} as const satisfies Record<BulkVerb, string>;

/** The operators' functions behind the verbs, for errors to name. */
const NAME_OF = {
  failTasks: "failPendingTasks",
  failClaims: "failPendingTasks with includeRunning",
  clearTasks: "clearTaskQueue",
  clearReplays: "clearReplayQueue",
} as const satisfies Record<BulkVerb, string>;

type BulkRow = Doc<"taskQueue"> | Doc<"claims"> | Doc<"replayQueue">;

/** Runs one page of a bulk operation and schedules the next. */
export async function runBulk(
  ctx: MutationCtx,
  verb: BulkVerb,
  args: { shard?: number; limit?: number; dryRun?: boolean; before?: number },
): Promise<BulkAnswer> {
  const limit = args.limit ?? OPERATOR_LIMIT_MAX;
  checkWhole("limit", limit, 1, OPERATOR_LIMIT_MAX);
  if (args.shard !== undefined) checkWhole("shard", args.shard, 0, SHARDS_MAX);
  const page = args.dryRun ? DRY_RUN_COUNT_MAX : OPERATOR_PAGE;
  const found = await loadRows(ctx, verb, args.shard, Math.min(limit, page));
  if (args.dryRun) {
    const settled = dedupe(found).length;
    return { settled, continues: found.length === page, dryRun: true };
  }
  // What was queued or claimed after the operator's call is not meant by it. The call's own
  // snapshot holds only what is; creation times are fractions above a transaction's time.
  const before = args.before ?? Date.now() + 1;
  const rows = dedupe(found.filter((row) => row._creationTime < before));
  const settled = await applyPage(ctx, verb, rows);
  const left = limit - settled;
  const hasMore = found.length === page || settled < rows.length;
  const continues = hasMore && settled > 0 && left > 0;
  if (continues) {
    const shard = args.shard === undefined ? {} : { shard: args.shard };
    await ctx.scheduler.runAfter(0, internal.bulk.next, {
      verb,
      ...shard,
      limit: left,
      before,
    });
  }
  return { settled, continues, dryRun: false };
}

/** Keeps one row per workflow: it may have many signals, and is settled once. */
function dedupe(rows: BulkRow[]): BulkRow[] {
  return [...new Map(rows.map((row) => [row.workflow, row])).values()];
}

/** Settles rows as far as one transaction may go; answers how many. */
async function applyPage(
  ctx: MutationCtx,
  verb: BulkVerb,
  rows: BulkRow[],
): Promise<number> {
  let documents = 0;
  let settled = 0;
  for (const row of rows) {
    documents += await applyVerb(ctx, verb, row);
    settled += 1;
    if (documents >= OPERATOR_DOCUMENTS_MAX) break;
  }
  return settled;
}

/** The next page of a bulk operation. */
export const next = internalMutation({
  args: {
    verb: vBulkVerb,
    shard: v.optional(v.number()),
    limit: v.number(),
    before: v.number(),
  },
  returns: v.null(),
  handler: async (ctx, { verb, ...args }) => {
    await runBulk(ctx, verb, args);
    return null;
  },
});

async function loadRows(
  ctx: QueryCtx,
  verb: BulkVerb,
  shard: number | undefined,
  limit: number,
): Promise<BulkRow[]> {
  const rows = ctx.db.query(TABLE_OF[verb]);
  if (shard === undefined) return await rows.take(limit);
  return await rows.withIndex("by_shard", (q) => q.eq("shard", shard)).take(limit);
}

/** Settles one row; answers how many documents that may have written. */
async function applyVerb(
  ctx: MutationCtx,
  verb: BulkVerb,
  row: BulkRow,
): Promise<number> {
  const workflow = await ctx.db.get("workflows", row.workflow);
  assert(
    workflow,
    `invariant I3: a queue row names workflow ${row.workflow}, which is gone`,
  );
  if (verb === "failClaims")
    return await failRunning(ctx, workflow, row as Doc<"claims">);
  // A signal that the end of its workflow has not paged away yet.
  if (isFinished(workflow.state)) await dropSignals(ctx, row, OPERATOR_PAGE);
  const message = `An operator called ${NAME_OF[verb]}.`;
  await finishWorkflow(
    ctx,
    workflow,
    verb === "failTasks"
      ? { kind: "failed", error: failure(message) }
      : { kind: "canceled", reason: message },
  );
  return FINISH_DOCUMENTS;
}

/**
 * Fails what a hot workflow is running: its claim is revoked, its open steps fail, and it
 * is queued, so that its handler sees the failures and the workflow completes as one. One
 * that is between two steps has nothing to see, and would go on; it fails as a whole.
 */
async function failRunning(
  ctx: MutationCtx,
  workflow: Doc<"workflows">,
  row: Doc<"claims">,
): Promise<number> {
  const key = keyOf(row);
  const steps = await loadOpenSteps(ctx, key, OPEN_STEPS_MAX);
  const error = failure(`An operator called ${NAME_OF.failClaims}.`);
  if (steps.length === 0) {
    await finishWorkflow(ctx, workflow, { kind: "failed", error });
    return FINISH_DOCUMENTS;
  }
  const settledAt = Date.now();
  for (const step of steps)
    await settleStep(ctx, step, { kind: "failed", error }, settledAt);
  await ctx.db.delete("claims", row._id);
  await signalWorkflow(ctx, key);
  return steps.length + FINISH_DOCUMENTS;
}

function failure(message: string) {
  return {
    name: "FailedByOperator",
    message,
    code: "FAILED_BY_OPERATOR" as const,
    nonRetryable: true,
  };
}
