/**
 * The audit: does every invariant hold, row by row?
 *
 * Owns the checks behind ARCHITECTURE.md's I1 to I9, in pages of point reads. It reads and
 * reports; it repairs nothing. I4's "one row per number" and I7's order are properties of
 * histories, which a snapshot cannot show; tests check them after every commit.
 */
import { paginator } from "convex-helpers/server/pagination";
import { v, type Infer } from "convex/values";
import { AUDIT_PAGE, LIMIT_SHARE_MAX } from "../shared/constants.js";
import { isFinished, isSettledOutside } from "../shared/model.js";
import type { Doc, QueryCtx } from "./functions.js";
import { loadOpenSteps } from "./journal.js";
import { loadClaim, loadReplay, loadTask } from "./queues.js";
import { loadSeat, resolveMembership } from "./seats.js";
import schema from "./schema.js";

/** One broken invariant. */
export const vViolation = v.object({
  invariant: v.string(),
  message: v.string(),
  row: v.string(),
});
type Violation = Infer<typeof vViolation>;

/** The tables that the audit walks through, in this order. */
const SECTIONS = [
  "workflows",
  "taskQueue",
  "replayQueue",
  "claims",
  "heartbeats",
] as const;
type Section = (typeof SECTIONS)[number];

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
    .paginate({ cursor: at.cursor, numItems: AUDIT_PAGE });
  const found = await Promise.all(
    page.map(async (row) => await checkRow(ctx, at.section, row)),
  );
  const nextSection = SECTIONS[SECTIONS.indexOf(at.section) + 1];
  const cursor = !isDone
    ? formatCursor(at.section, continueCursor)
    : nextSection
      ? formatCursor(nextSection, null)
      : null;
  return { violations: found.flat(), checked: page.length, cursor };
}

async function checkRow(
  ctx: QueryCtx,
  section: Section,
  row: { _id: string },
): Promise<Violation[]> {
  switch (section) {
    case "workflows":
      return await checkWorkflow(ctx, row as Doc<"workflows">);
    case "taskQueue":
    case "replayQueue":
      return await checkQueued(ctx, section, row as Doc<"replayQueue">);
    case "claims":
      return await checkClaim(ctx, row as Doc<"claims">);
    case "heartbeats":
      return checkHeartbeat(row as Doc<"heartbeats">);
  }
}

/** I1, I2, I3: an unfinished workflow stands somewhere; a finished one nowhere. */
async function checkWorkflow(
  ctx: QueryCtx,
  workflow: Doc<"workflows">,
): Promise<Violation[]> {
  const [task, replay, claim] = await Promise.all([
    loadTask(ctx, workflow._id),
    loadReplay(ctx, workflow._id),
    loadClaim(ctx, workflow._id),
  ]);
  const report = reporter(workflow._id);
  if (isFinished(workflow.state)) {
    if (task ?? replay ?? claim) report("I2", "is finished but still queued or claimed");
    return report.violations;
  }
  if (task && (replay ?? claim))
    report("I3", "waits to begin and is queued or claimed too");
  const stands =
    task ?? replay ?? claim ?? (workflow.state === "parked" ? workflow : null);
  if (!stands && !(await hasOutsideWait(ctx, workflow))) {
    report(
      "I1",
      `is ${workflow.state} but has no task, claim, replayQueue row or pending wait`,
    );
  }
  return report.violations;
}

/** Whether a cold workflow waits for something that will signal it (I1). */
async function hasOutsideWait(
  ctx: QueryCtx,
  workflow: Doc<"workflows">,
): Promise<boolean> {
  const key = { workflow: workflow._id, generation: workflow.generation };
  for (const step of await loadOpenSteps(ctx, key, AUDIT_PAGE)) {
    if (!isSettledOutside(step.kind)) continue;
    if (!step.child) return true;
    const child = await ctx.db.get("workflows", step.child);
    if (child && !isFinished(child.state)) return true;
  }
  return false;
}

/** I2, I3: a queue row belongs to the present generation of an unfinished workflow. */
async function checkQueued(
  ctx: QueryCtx,
  table: "taskQueue" | "replayQueue",
  row: Doc<"taskQueue"> | Doc<"replayQueue">,
): Promise<Violation[]> {
  const report = reporter(row._id);
  const workflow = await ctx.db.get("workflows", row.workflow);
  if (!workflow || isFinished(workflow.state)) {
    report(
      "I2",
      `in ${table} belongs to workflow ${row.workflow}, which is finished or gone`,
    );
  } else if (workflow.generation !== row.generation) {
    report(
      "I2",
      `in ${table} belongs to generation ${row.generation} of ${row.workflow}`,
    );
  }
  return report.violations;
}

/** I5, I8: a claim belongs to a known incarnation and a living workflow. */
async function checkClaim(ctx: QueryCtx, claim: Doc<"claims">): Promise<Violation[]> {
  const report = reporter(claim._id);
  const heartbeat = await ctx.db.get("heartbeats", claim.executor);
  const seat = heartbeat && (await loadSeat(ctx, heartbeat.seat));
  if (!heartbeat || resolveMembership(seat, claim.executor) === "none") {
    report("I5", `is held by executor ${claim.executor}, which no seat knows`);
  }
  const workflow = await ctx.db.get("workflows", claim.workflow);
  if (!workflow || isFinished(workflow.state)) {
    report("I2", `holds workflow ${claim.workflow}, which is finished or gone`);
  } else if (workflow.generation !== claim.generation) {
    report("I5", `holds generation ${claim.generation} of workflow ${claim.workflow}`);
  }
  return report.violations;
}

/** I9: no commit used more than half of any of the platform's limits. */
function checkHeartbeat(heartbeat: Doc<"heartbeats">): Violation[] {
  const report = reporter(heartbeat._id);
  if (heartbeat.limitShare > LIMIT_SHARE_MAX) {
    report("I9", `made a commit that used ${heartbeat.limitShare} of a platform limit`);
  }
  return report.violations;
}

function reporter(row: string) {
  const violations: Violation[] = [];
  const report = (invariant: string, message: string) => {
    violations.push({ invariant, message: `${row} ${message}`, row });
  };
  return Object.assign(report, { violations });
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
