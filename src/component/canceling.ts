/**
 * Canceling workflows (P11).
 *
 * Owns what a cancel does to a workflow, wherever it stands. Everybody who cancels, for
 * whatever reason, comes here.
 */
import { finishWorkflow } from "./finishing.js";
import type { Doc, MutationCtx } from "./functions.js";

/**
 * Cancels a workflow. Says whether that changed anything: not if it has ended, or is being
 * ended already.
 */
export async function requestCancel(
  ctx: MutationCtx,
  workflow: Doc<"workflows">,
  options: { reason?: string | undefined; graceMs?: number | undefined } = {},
): Promise<boolean> {
  const { reason } = options;
  return await finishWorkflow(ctx, workflow, {
    kind: "canceled",
    ...(reason === undefined ? {} : { reason }),
  });
}
