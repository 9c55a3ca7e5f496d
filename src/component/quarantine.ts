/**
 * Poison (P9): workflows that kill their executors, and how one is told from its neighbors.
 *
 * Owns `workflows.suspicion`, and on which shard a suspect is queued. Each counted death of
 * an executor counts against every workflow that it held and that has not progressed under
 * that claim. Suspects are moved to the shard of the quarantine, whose one executor runs few
 * of them at a time, half as many after each of its deaths; one that kills it alone is failed.
 *
 * Invariants:
 * - Q1 A suspect is queued, signalled and claimed on QUARANTINE_SHARD alone: its rows move in
 *   the transaction that changes `suspicion`, and settlers read it (`queueKeyOf`).
 * - Q2 What progresses goes home: an innocent passes through quarantine once per pair of
 *   deaths it happens to be near.
 */
import {
  POISON_DEATHS,
  QUARANTINE_SHARD,
  RECOVERY_PAGE,
  SUSPECT_DEATHS,
} from "../shared/constants.js";
import type { Death } from "../shared/deaths.js";
import { assert } from "../shared/errors.js";
import { finishWorkflow } from "./finishing.js";
import type { Doc, Id, MutationCtx, QueryCtx } from "./functions.js";
import { queueKeyOf, releaseClaim, signalWorkflow } from "./queues.js";

type Suspicion = NonNullable<Doc<"workflows">["suspicion"]>;

/** Gives back a claim whose executor has died, or fails the workflow that has killed it. */
export async function recoverClaim(
  ctx: MutationCtx,
  claim: Doc<"claims">,
  { death, isAlone }: { death: Death | undefined; isAlone: boolean },
): Promise<void> {
  if (!death?.isCounted) return await releaseClaim(ctx, claim, { requeue: true });
  const workflow = await ctx.db.get("workflows", claim.workflow);
  assert(workflow, `invariant I5: claim ${claim._id} holds no workflow`);
  const suspicion = (await hasProgressed(ctx, claim))
    ? undefined
    : raiseSuspicion(workflow, claim, isAlone);
  if (suspicion && suspicion.alone >= POISON_DEATHS)
    return await failPoison(ctx, workflow, suspicion, death);
  await ctx.db.delete("claims", claim._id);
  await setSuspicion(ctx, workflow, suspicion);
}

/**
 * Gives back the claim of a suspect whose executor lives: it has taken its turn and killed
 * nobody. With progress it goes home; one that only hands over stays.
 */
export async function releaseSuspect(
  ctx: MutationCtx,
  claim: Doc<"claims">,
  options: { requeue: boolean },
): Promise<void> {
  const isInnocent = !options.requeue || (await hasProgressed(ctx, claim));
  if (!isInnocent) return await releaseClaim(ctx, claim, options);
  const workflow = await ctx.db.get("workflows", claim.workflow);
  assert(workflow, `invariant I5: claim ${claim._id} holds no workflow`);
  await ctx.db.delete("claims", claim._id);
  await setSuspicion(ctx, workflow, undefined, options);
}

function raiseSuspicion(
  workflow: Doc<"workflows">,
  { shard, generation }: Doc<"claims">,
  isAlone: boolean,
): Suspicion {
  const known = workflow.suspicion;
  const before = known?.generation === generation ? known : undefined;
  const wasAlone = isAlone && shard === QUARANTINE_SHARD;
  const deaths = (before?.deaths ?? 0) + 1;
  return {
    generation,
    deaths,
    alone: (before?.alone ?? 0) + (wasAlone ? 1 : 0),
    isQuarantined: deaths >= SUSPECT_DEATHS,
  };
}

/** Writes what is known of a workflow, and queues it where it then belongs (Q1). */
async function setSuspicion(
  ctx: MutationCtx,
  workflow: Doc<"workflows">,
  suspicion: Suspicion | undefined,
  { requeue } = { requeue: true },
): Promise<void> {
  await ctx.db.patch("workflows", workflow._id, { suspicion });
  const key = queueKeyOf({ ...workflow, suspicion });
  const isMoved = key.shard !== queueKeyOf(workflow).shard;
  const hasSignals = isMoved && (await moveSignals(ctx, workflow._id, key.shard));
  if (requeue || hasSignals) await signalWorkflow(ctx, key);
}

/** Moves the signals that came before a workflow changed its shard; says if there were any. */
async function moveSignals(
  ctx: MutationCtx,
  workflow: Id<"workflows">,
  shard: number,
): Promise<boolean> {
  const rows = await ctx.db
    .query("replayQueue")
    .withIndex("by_workflow", (q) => q.eq("workflow", workflow))
    .take(RECOVERY_PAGE);
  for (const { _id } of rows) await ctx.db.patch("replayQueue", _id, { shard });
  return rows.length > 0;
}

/** Says whether a step was settled, or an outcome recorded, while this claim was held. */
async function hasProgressed(
  ctx: QueryCtx,
  { workflow, generation, _creationTime }: Doc<"claims">,
): Promise<boolean> {
  const settled = await ctx.db
    .query("steps")
    .withIndex("by_open", (q) =>
      q
        .eq("workflow", workflow)
        .eq("generation", generation)
        .gt("settledAt", _creationTime),
    )
    .first();
  return settled !== null;
}

async function failPoison(
  ctx: MutationCtx,
  workflow: Doc<"workflows">,
  { deaths, alone }: Suspicion,
  { error }: Death,
): Promise<void> {
  await finishWorkflow(ctx, workflow, {
    kind: "failed",
    error: {
      name: "PoisonError",
      code: "POISON",
      message: `${workflow.definition} ended ${deaths} executors in a row, the last ${alone} of which ran nothing else. Look for a promise that nobody awaits, for code that never yields, and for large values. The last one ended with: ${error}`,
    },
  });
}
