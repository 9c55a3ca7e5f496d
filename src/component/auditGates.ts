/**
 * The audit of gates (I11): whatever is held belongs to somebody who can give it back.
 *
 * Owns the checks on rows of gates. That a rate is kept is a property of histories.
 */
import { GATE_EXECUTORS_MAX } from "../shared/constants.js";
import { isFinished } from "../shared/model.js";
import type { Doc, QueryCtx } from "./functions.js";
import { reporter, type Violation } from "./violations.js";

/** What an executor holds, it was granted; and a seat knows it, or it would never return. */
export async function checkGrant(
  ctx: QueryCtx,
  grant: Doc<"gateGrants">,
): Promise<Violation[]> {
  const { key, executor, granted } = grant;
  const report = reporter(grant._id);
  if (!(await ctx.db.get("heartbeats", executor))) {
    report("I11", `at gate ${key} belongs to executor ${executor}, which is forgotten`);
  }
  const demand = await ctx.db
    .query("gateDemands")
    .withIndex("by_key", (q) => q.eq("key", key).eq("executor", executor))
    .unique();
  if (!demand) report("I11", `at gate ${key} has no demand of executor ${executor}`);
  else if (demand.released > granted || demand.seen > granted) {
    report(
      "I11",
      `at gate ${key} has ${granted} granted, but executor ${executor} says it saw ${demand.seen} and gave back ${demand.released}`,
    );
  }
  return report.violations;
}

/** A workflow that holds a gate is unfinished, and is to give it back itself. */
export async function checkPass(
  ctx: QueryCtx,
  pass: Doc<"gatePasses">,
): Promise<Violation[]> {
  const report = reporter(pass._id);
  const { key, workflow: id } = pass;
  const workflow = await ctx.db.get("workflows", id);
  if (!workflow || isFinished(workflow.state)) {
    report("I11", `holds gate ${key} for workflow ${id}, which is finished or gone`);
  } else if (workflow.gate?.key !== key) {
    report("I11", `holds gate ${key} for workflow ${id}, which has another`);
  }
  const same = await ctx.db
    .query("gatePasses")
    .withIndex("by_workflow", (q) => q.eq("workflow", id))
    .take(2);
  if (same.length > 1) report("I11", `is one of several passes of workflow ${id}`);
  return report.violations;
}

/** What workflows hold is what was counted, and what is still to be counted. */
export async function checkKept(
  ctx: QueryCtx,
  { _id, key, kept }: Doc<"gateAllocations">,
): Promise<Violation[]> {
  const report = reporter(_id);
  const [passes, moves] = await Promise.all([
    ctx.db
      .query("gatePasses")
      .withIndex("by_key", (q) => q.eq("key", key))
      .take(GATE_EXECUTORS_MAX),
    ctx.db
      .query("gateMoves")
      .withIndex("by_key", (q) => q.eq("key", key))
      .take(GATE_EXECUTORS_MAX),
  ]);
  if (passes.length + moves.length >= GATE_EXECUTORS_MAX) return []; // more than can be added up
  const held = passes.reduce((sum, { weight }) => sum + weight, 0);
  const counted = moves.reduce((sum, { weight }) => sum + weight, kept);
  if (held !== counted) {
    report("I11", `of gate ${key} counts ${counted} for workflows that hold ${held}`);
  }
  return report.violations;
}
