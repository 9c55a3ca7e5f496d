/**
 * The audit: does every invariant hold, row by row?
 *
 * Owns the checks behind ARCHITECTURE.md's I1 to I9, in pages of point reads. It reads and
 * reports; it repairs nothing. That an outcome never changes and I7's order are properties
 * of histories, which a snapshot cannot show; tests check them.
 */
import { paginator } from "convex-helpers/server/pagination";
import { v, type Infer } from "convex/values";
import { AUDIT_PAGE, PAGE_BYTES_MAX } from "../shared/constants.js";
import { isFinished } from "../shared/model.js";
import {
  checkCall,
  checkHeartbeat,
  checkRevocation,
  checkSeat,
  isKnown,
} from "./auditSeats.js";
import type { Doc, QueryCtx } from "./functions.js";
import { checkCallback, checkNotified } from "./auditEnds.js";
import { isBeingRemoved, isBeingSettled } from "./auditEnds.js";
import { journalOf } from "./journal.js";
import { checkMailbox, checkWaiter } from "./auditEvents.js";
import { checkGrant, checkKept, checkPass } from "./auditGates.js";
import { loadSignals, queueKeyOf } from "./queues.js";
import { checkStep } from "./auditSteps.js";
import { checkTimer, checkWake, hasOutsideWait } from "./auditWaits.js";
import schema from "./schema.js";
import { reporter, vViolation, type Violation } from "./violations.js";

/** The tables that the audit walks through, in this order, and what it asks of their rows. */
const CHECKS = {
  workflows: async (ctx: QueryCtx, row: Doc<"workflows">) => [
    ...(await checkWorkflow(ctx, row)),
    ...(await checkNotified(ctx, row)),
  ],
  taskQueue: async (ctx: QueryCtx, row: Doc<"taskQueue">) =>
    await checkQueued(ctx, "taskQueue", row),
  replayQueue: async (ctx: QueryCtx, row: Doc<"replayQueue">) =>
    await checkQueued(ctx, "replayQueue", row),
  timers: checkTimer,
  eventWaiters: checkWaiter,
  mailboxes: checkMailbox,
  claims: checkClaim,
  seats: async (ctx: QueryCtx, row: Doc<"seats">) => [
    ...(await checkSeat(ctx, row)),
    ...(await checkWake(ctx, row)),
  ],
  heartbeats: checkHeartbeat,
  revocations: checkRevocation,
  helpCalls: checkCall,
  steps: checkStep,
  gateGrants: checkGrant,
  gatePasses: checkPass,
  gateAllocations: checkKept,
  outbox: checkCallback,
};
type Section = keyof typeof CHECKS;
const SECTIONS = Object.keys(CHECKS) as [Section, ...Section[]];

export const vAuditArgs = v.object({
  /** Where the last call ended; leave out to begin. */
  cursor: v.optional(v.union(v.string(), v.null())),
});
export const vAuditAnswer = v.object({
  violations: v.array(vViolation),
  /** Rows this call checked. */
  checked: v.number(),
  /** Where to go on; null when everything was checked. */
  cursor: v.union(v.string(), v.null()),
});

/** Checks a page of rows. */
export async function auditPage(
  ctx: QueryCtx,
  args: Infer<typeof vAuditArgs>,
): Promise<Infer<typeof vAuditAnswer>> {
  const at = parseCursor(args.cursor);
  const { page, isDone, continueCursor } = await paginator(ctx.db, schema)
    .query(at.section)
    .paginate({
      cursor: at.cursor,
      numItems: AUDIT_PAGE,
      // Steps carry values; half of what one query may read is left for looking around.
      maximumBytesRead: PAGE_BYTES_MAX,
    });
  const check = CHECKS[at.section] as (
    ctx: QueryCtx,
    row: unknown,
  ) => Promise<Violation[]>;
  const found = await Promise.all(page.map(async (row) => await check(ctx, row)));
  const nextSection = SECTIONS[SECTIONS.indexOf(at.section) + 1];
  const cursor = !isDone
    ? formatCursor(at.section, continueCursor)
    : nextSection
      ? formatCursor(nextSection, null)
      : null;
  return { violations: found.flat(), checked: page.length, cursor };
}

/** I1, I2, I3: an unfinished workflow stands somewhere; a finished one nowhere. */
async function checkWorkflow(
  ctx: QueryCtx,
  workflow: Doc<"workflows">,
): Promise<Violation[]> {
  const [tasks, signals, claims] = await Promise.all([
    countPlaces(ctx, "taskQueue", workflow),
    loadSignals(ctx, journalOf(workflow), 1),
    countPlaces(ctx, "claims", workflow),
  ]);
  const replays = signals.length;
  const report = reporter(workflow._id);
  const stands = tasks + replays + claims > 0;
  if (isFinished(workflow.state)) {
    const isLeft =
      tasks + claims === 0 && (await isBeingRemoved(ctx, journalOf(workflow)));
    if (stands && !isLeft) report("I2", "is finished but still queued or claimed");
    return report.violations;
  }
  if (tasks > 0 && replays + claims > 0)
    report("I3", "waits to begin and is queued or claimed too");
  if (tasks > 1) report("I3", "has more than one row in taskQueue");
  if (claims > 1) report("I3", "is claimed more than once");
  if (stands || workflow.state === "parked") return report.violations;
  const waits =
    (await hasOutsideWait(ctx, workflow)) || (await isBeingSettled(ctx, workflow));
  if (!waits) {
    report(
      "I1",
      `is ${workflow.state} but has no task, claim, replayQueue row or pending wait`,
    );
  }
  return report.violations;
}

/** Counts a workflow's rows in a table up to two: a second one is a violation itself. */
async function countPlaces(
  ctx: QueryCtx,
  table: "taskQueue" | "claims",
  { _id }: Doc<"workflows">,
): Promise<number> {
  const rows = await ctx.db
    .query(table)
    .withIndex("by_workflow", (q) => q.eq("workflow", _id))
    .take(2);
  return rows.length;
}

/**
 * I2, I3, F1: a queue row belongs to the present generation of an unfinished workflow, and
 * stands on its shard; signals may outlast the generation while they are removed.
 */
async function checkQueued(
  ctx: QueryCtx,
  table: "taskQueue" | "replayQueue",
  row: Doc<"taskQueue"> | Doc<"replayQueue">,
): Promise<Violation[]> {
  const report = reporter(row._id);
  const workflow = await ctx.db.get("workflows", row.workflow);
  const isOver = !workflow || isFinished(workflow.state);
  if (!isOver && workflow.generation === row.generation) {
    if (queueKeyOf(workflow).shard !== row.shard)
      report("F1", `in ${table} stands on shard ${row.shard}, its workflow elsewhere`);
    return report.violations;
  }
  if (table === "replayQueue" && (await isBeingRemoved(ctx, row))) return [];
  const whose = isOver
    ? `workflow ${row.workflow}, which is finished or gone`
    : `generation ${row.generation} of ${row.workflow}`;
  report("I2", `in ${table} belongs to ${whose}`);
  return report.violations;
}

/** I5, F1: a claim belongs to a known incarnation and a living workflow, on its shard. */
async function checkClaim(ctx: QueryCtx, claim: Doc<"claims">): Promise<Violation[]> {
  const report = reporter(claim._id);
  const heartbeat = await ctx.db.get("heartbeats", claim.executor);
  if (!heartbeat || !(await isKnown(ctx, heartbeat))) {
    report("I5", `is held by executor ${claim.executor}, which no seat knows`);
  }
  const workflow = await ctx.db.get("workflows", claim.workflow);
  if (!workflow || isFinished(workflow.state)) {
    report("I2", `holds workflow ${claim.workflow}, which is finished or gone`);
  } else if (workflow.generation !== claim.generation) {
    report("I5", `holds generation ${claim.generation} of workflow ${claim.workflow}`);
  } else if (queueKeyOf(workflow).shard !== claim.shard) {
    report("F1", `stands on shard ${claim.shard}, its workflow elsewhere`);
  }
  return report.violations;
}

function parseCursor(cursor: string | null | undefined): {
  section: Section;
  cursor: string | null;
} {
  if (!cursor) return { section: SECTIONS[0], cursor: null };
  const [name, ...rest] = cursor.split(":");
  const section = SECTIONS.find((one) => one === name) ?? SECTIONS[0];
  return { section, cursor: rest.join(":") || null };
}

function formatCursor(section: Section, cursor: string | null): string {
  return `${section}:${cursor ?? ""}`;
}
