/**
 * Restarting workflows, whole or from a step (P11).
 *
 * Owns the step from one generation to the next. It is one transaction, whatever the
 * workflow is doing: the old generation is withdrawn from the queues and its claim deleted,
 * so that its holder learns at its next commit and records nothing more (P5); what it still
 * leaves behind is paged away under its own number. Nothing of the journal is copied: the
 * next generation reads the steps it keeps where they are.
 */
import { v, type ObjectType, type Value } from "convex/values";
import {
  INHERITED_MAX,
  PAGE_BYTES_MAX,
  RESTART_SCAN_STEPS,
} from "../shared/constants.js";
import { executorError } from "../shared/errors.js";
import { planInheritance } from "../shared/inheritance.js";
import type { Inherited } from "../shared/model.js";
import { measureValue } from "../shared/sizes.js";
import { loadConfig } from "./config.js";
import { clearLeftovers } from "./finishing.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import { dropPass, takePass } from "./gatePasses.js";
import { countSteps, journalOf, readSteps, streamOpenSteps } from "./journal.js";
import { loadCallback } from "./outbox.js";
import { isPaused, pausedFields } from "./parking.js";
import { enqueueTask, queueKeyOf, signalWorkflow, withdrawWorkflow } from "./queues.js";
import { wakeShards } from "./seats.js";
import { scheduleTimeout } from "./starting.js";

type Workflow = Doc<"workflows">;

/** Where a generation begins; with neither option it is the first step. */
export const vRestartOptions = {
  /** A step's number or name. */
  fromStep: v.optional(v.union(v.number(), v.string())),
  /** The first step that has not completed. */
  fromFailure: v.optional(v.boolean()),
};
type RestartOptions = ObjectType<typeof vRestartOptions>;

/** Begins a workflow's next generation; answers its number. Throws `RESTART_REFUSED`. */
export async function restartWorkflow(
  ctx: MutationCtx,
  workflow: Workflow,
  options: RestartOptions = {},
): Promise<number> {
  if (workflow.expiring) {
    throw refuse(workflow, "it is being deleted. Start another one.", {});
  }
  const from = await resolveFrom(ctx, workflow, options);
  const inherits = planInheritance(workflow, from);
  await checkInheritance(ctx, workflow, from, inherits);
  await abandonGeneration(ctx, workflow);
  const next = await beginGeneration(ctx, workflow, inherits);
  // One that goes on in the middle, where no gate stands, is let pass by its operator.
  if (inherits.length === 0) await dropPass(ctx, workflow);
  else if (workflow.gate) await takePass(ctx, workflow._id, workflow.gate);
  await scheduleTimeout(ctx, next);
  if (next.state === "parked") return next.generation;
  if (next.state === "running") await signalWorkflow(ctx, queueKeyOf(next));
  else {
    await enqueueTask(ctx, queueKeyOf(next));
    await wakeShards(ctx, [next.shard]);
  }
  return next.generation;
}

/** Takes the present generation out of every place; an outcome it has goes with it. */
async function abandonGeneration(ctx: MutationCtx, workflow: Workflow): Promise<void> {
  const { _id, generation, result } = workflow;
  await withdrawWorkflow(ctx, _id);
  const of = { workflow: _id, generation };
  await clearLeftovers(ctx, queueKeyOf(workflow));
  // A callback that has still to run is told of it, and deletes it then.
  if (result && !(await loadCallback(ctx, of))) await ctx.db.delete("payloads", result);
}

async function beginGeneration(
  ctx: MutationCtx,
  workflow: Workflow,
  inherits: Inherited[],
): Promise<Workflow> {
  const isWhole = inherits.length === 0;
  const isHeld = isPaused(await loadConfig(ctx), workflow.definition);
  const { timeoutMs } = workflow;
  const fields = {
    generation: workflow.generation + 1,
    state: isWhole ? ("pending" as const) : ("running" as const),
    inherits: isWhole ? undefined : inherits,
    // A handler that replays inherited steps has the clock that it began with.
    startedAt: isWhole ? undefined : workflow.startedAt,
    finishedAt: undefined,
    result: undefined,
    error: undefined,
    after: undefined,
    parkedBy: undefined,
    ending: undefined,
    timeoutAt: timeoutMs === undefined ? undefined : Date.now() + timeoutMs,
    ...(isHeld ? pausedFields(workflow.definition) : {}),
  };
  await ctx.db.patch("workflows", workflow._id, fields);
  const { generation, state, timeoutAt } = fields;
  const next = { ...workflow, generation, state };
  return timeoutAt === undefined ? next : { ...next, timeoutAt };
}

/** Resolves the number of the first step that runs again. */
async function resolveFrom(
  ctx: QueryCtx,
  workflow: Workflow,
  { fromStep, fromFailure = false }: RestartOptions,
): Promise<number> {
  if (fromFailure) return await findFailure(ctx, workflow);
  if (typeof fromStep === "string") return await findByName(ctx, workflow, fromStep);
  if (fromStep === undefined) return 0;
  const count = await countSteps(ctx, journalOf(workflow));
  if (Number.isInteger(fromStep) && fromStep >= 0 && fromStep <= count) return fromStep;
  throw refuse(
    workflow,
    `it has no step ${fromStep}: its journal has ${count} steps. Pass a number from 0 to ${count}; ${count} keeps them all, and runs what follows the last one again.`,
    { fromStep, limit: count },
  );
}

/** Finds the first step that has not completed; all are kept if there is none. */
async function findFailure(ctx: QueryCtx, workflow: Workflow): Promise<number> {
  let rows = 0;
  let bytes = 0;
  for await (const step of readSteps(ctx, journalOf(workflow), 0)) {
    if (step.outcome?.kind !== "completed") return step.number;
    rows += 1;
    bytes += measureValue(step.outcome).bytes;
    if (rows < RESTART_SCAN_STEPS && bytes < PAGE_BYTES_MAX) continue;
    throw refuse(
      workflow,
      `its first ${rows} steps have completed, and one call looks no further for the one that failed. Find it with listSteps, and pass its number.`,
      { fromFailure: true, actual: rows, limit: RESTART_SCAN_STEPS },
    );
  }
  return await countSteps(ctx, journalOf(workflow));
}

/** Finds the last step with a name, looking back a bounded way. */
async function findByName(
  ctx: QueryCtx,
  workflow: Workflow,
  name: string,
): Promise<number> {
  let rows = 0;
  let bytes = 0;
  for await (const step of readSteps(ctx, journalOf(workflow), 0, "desc")) {
    if (step.name === name) return step.number;
    rows += 1;
    bytes += measureValue(step.outcome).bytes;
    if (rows >= RESTART_SCAN_STEPS || bytes >= PAGE_BYTES_MAX) break;
  }
  throw refuse(
    workflow,
    `none of its last ${rows} steps is named "${name}". Use the name as listSteps shows it, or the step's number.`,
    { fromStep: name, actual: rows, limit: RESTART_SCAN_STEPS },
  );
}

/** What is kept must be settled, since nobody would settle it in the next generation. */
async function checkInheritance(
  ctx: QueryCtx,
  workflow: Workflow,
  from: number,
  inherits: Inherited[],
): Promise<void> {
  if (inherits.length > INHERITED_MAX) {
    throw refuse(
      workflow,
      `its journal is already spread over ${INHERITED_MAX} generations. Restart it from a step before ${workflow.inherits?.at(-1)?.below}, or whole.`,
      { actual: inherits.length, limit: INHERITED_MAX },
    );
  }
  if (from === 0) return;
  for await (const step of streamOpenSteps(ctx, journalOf(workflow))) {
    if (step.number >= from) continue;
    throw refuse(
      workflow,
      `step ${step.number} ("${step.name}") before step ${from} has not settled, and its outcome could not be kept. Restart from step ${step.number} or an earlier one.`,
      { fromStep: from, unsettled: step.number },
    );
  }
}

function refuse(
  { _id, definition }: Workflow,
  why: string,
  details: Record<string, Value | undefined>,
): Error {
  const message = `Workflow ${_id} (${definition}) cannot restart: ${why}`;
  return executorError("RESTART_REFUSED", message, { workflow: _id, ...details });
}
