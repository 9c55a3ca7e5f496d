/**
 * The ends of workflows that a commit brings.
 *
 * Owns their place: after everything else of the commit, so that what all of them have to
 * know is read together, with nothing written in between. Only ends can change that
 * meanwhile, of a parent and its child: these read on their own when their turn comes.
 */
import type { Operation } from "../shared/commit.js";
import { assert } from "../shared/errors.js";
import type { CommitReads } from "./commitReads.js";
import { finishWorkflow, readEnd } from "./finishing.js";
import type { Doc, MutationCtx } from "./functions.js";

/** An end, the claim of the holder who says so, and which entry of the commit it is. */
export type CommitEnd = {
  claim: Doc<"claims">;
  index: number;
  operation: Extract<Operation, { op: "finish" }>;
};

/** Ends workflows, in the order given; answers the entries whose callbacks are owed now. */
export async function applyEnds(
  ctx: MutationCtx,
  reads: CommitReads,
  ends: readonly CommitEnd[],
): Promise<number[]> {
  const workflows = await Promise.all(
    ends.map(async ({ claim }) => await reads.takeWorkflow(ctx, claim.workflow)),
  );
  const entangled = findEntangled(workflows);
  const readAhead = await Promise.all(
    ends.map(async ({ claim, operation: { isLocal = false } }, place) => {
      const workflow = workflows[place];
      if (!workflow || entangled.has(workflow._id)) return undefined;
      return await readEnd(ctx, workflow, { claim, isLocal });
    }),
  );
  const owed: number[] = [];
  for (const [place, { claim, operation, index }] of ends.entries()) {
    const known = readAhead[place];
    const workflow = known
      ? workflows[place]
      : await ctx.db.get("workflows", claim.workflow);
    assert(workflow, `invariant I5: claim ${claim._id} holds no workflow`);
    const { outcome, after } = operation;
    await finishWorkflow(ctx, workflow, outcome, {
      after,
      reads: known,
      holder: claim.executor,
    });
    if (workflow.onComplete) owed.push(index);
  }
  return owed;
}

/** Finds parents and children that end together. */
function findEntangled(workflows: readonly (Doc<"workflows"> | null)[]): Set<string> {
  const ids = new Set(workflows.map((workflow) => workflow?._id));
  const entangled = new Set<string>();
  for (const workflow of workflows) {
    const parent = workflow?.parent?.workflow;
    if (!workflow || !parent || !ids.has(parent)) continue;
    entangled.add(workflow._id);
    entangled.add(parent);
  }
  return entangled;
}
