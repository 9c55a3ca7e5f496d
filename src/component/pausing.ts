/**
 * Pausing definitions, and resuming them.
 *
 * Owns the list of paused definitions, which stands in the `config` row: starts read that
 * anyway, and scans tell executors. A workflow of a paused definition is parked: by its
 * start, or, as soon as it stands in a queue, by the executor whose scan finds it there. One
 * that is hot is given back when what runs of it has ended, and so comes to a queue too.
 * Nothing else has to know: whoever settles a wait of a parked workflow signals it at most
 * into a queue, where the next scan finds it.
 *
 * Everything is paused by stopping the seats (`seats.ts`).
 */
import { v, type Infer } from "convex/values";
import {
  NAME_LENGTH_MAX,
  PARK_SIGNALS_MAX,
  PAUSE_PAGE,
  PAUSED_MAX,
} from "../shared/constants.js";
import { executorError } from "../shared/errors.js";
import { isFinished } from "../shared/model.js";
import { checkRange } from "../shared/ranges.js";
import { startBulk } from "./bulk.js";
import { loadConfig, requireConfig } from "./config.js";
import { normalizeId, type Doc, type MutationCtx } from "./functions.js";
import { isPaused, pausedFields } from "./parking.js";
import { dropSignals, loadClaim, withdrawWorkflow } from "./queues.js";

/** Holds back the workflows of a definition; answers all that are paused. */
export async function pauseDefinition(
  ctx: MutationCtx,
  definition: string,
): Promise<string[]> {
  checkRange("the length of definition", definition.length, 1, NAME_LENGTH_MAX);
  const config = await requireConfig(ctx);
  const paused = [...new Set([...(config.paused ?? []), definition])];
  if (paused.length > PAUSED_MAX) {
    throw executorError(
      "TOO_MANY",
      `${definition} cannot be paused: ${PAUSED_MAX} definitions are paused already. Resume some, or pause everything.`,
      { definition, actual: paused.length, limit: PAUSED_MAX },
    );
  }
  await ctx.db.patch("config", config._id, { paused });
  return paused;
}

/** Lets a definition go on, and takes up its parked workflows in pages. */
export async function resumeDefinition(
  ctx: MutationCtx,
  definition: string,
): Promise<Awaited<ReturnType<typeof startBulk>>> {
  const config = await requireConfig(ctx);
  const paused = (config.paused ?? []).filter((one) => one !== definition);
  await ctx.db.patch("config", config._id, { paused });
  return await startBulk(ctx, "resume", { definition }, {});
}

/** Rows of queues, as a scan has found them. */
export const vParkPausedArgs = v.object({
  tasks: v.array(v.string()),
  replays: v.array(v.string()),
});

/**
 * Parks the workflows behind rows of the queues whose definition is paused. Each row is
 * confirmed by its id, as a claim would be; those that somebody holds stay with him.
 */
export async function parkPaused(
  ctx: MutationCtx,
  { tasks, replays }: Infer<typeof vParkPausedArgs>,
): Promise<void> {
  const config = await loadConfig(ctx);
  for (const id of tasks.slice(0, PAUSE_PAGE)) {
    const rowId = normalizeId(ctx, "taskQueue", id);
    await parkRow(ctx, config, rowId && (await ctx.db.get("taskQueue", rowId)));
  }
  for (const id of replays.slice(0, PAUSE_PAGE)) {
    const rowId = normalizeId(ctx, "replayQueue", id);
    await parkRow(ctx, config, rowId && (await ctx.db.get("replayQueue", rowId)));
  }
}

async function parkRow(
  ctx: MutationCtx,
  config: Doc<"config"> | null,
  row: Doc<"taskQueue"> | Doc<"replayQueue"> | null,
): Promise<void> {
  if (!row || !isPaused(config, row.definition)) return;
  const workflow = await ctx.db.get("workflows", row.workflow);
  if (await loadClaim(ctx, row.workflow)) return;
  // Should more signals be left, the next scan finds them, and they go the same way.
  await dropSignals(ctx, row, PARK_SIGNALS_MAX);
  if (workflow?.generation !== row.generation || isFinished(workflow.state)) return;
  await withdrawWorkflow(ctx, row.workflow);
  await ctx.db.patch("workflows", row.workflow, pausedFields(row.definition));
}
