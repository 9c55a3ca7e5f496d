/**
 * Mutation steps: exactly once (D4).
 *
 * Owns the transaction in which a user's mutation runs and its step is settled. Both
 * commit together or not at all; a repeated call finds the outcome and runs nothing.
 */
import type { FunctionHandle } from "convex/server";
import { v, type Infer } from "convex/values";
import { vOutcome, vValue } from "../shared/model.js";
import { resolveReturned, resolveThrown } from "../shared/outcomes.js";
import { normalizeId, type MutationCtx } from "./functions.js";
import { requireStep, settleStep } from "./journal.js";
import { loadSeat, resolveMembership } from "./seats.js";

export const vMutationStep = v.object({
  seat: v.number(),
  executor: v.string(),
  claim: v.string(),
  number: v.number(),
  handle: v.string(),
  args: vValue,
});

/**
 * `settled`: the outcome is recorded, by this call or an earlier one. `failed`: the user's
 * mutation threw and left nothing behind. `lost`: the claim is gone; nothing ran (P5).
 */
export const vMutationStepAnswer = v.union(
  v.object({ kind: v.literal("settled"), outcome: vOutcome, settledAt: v.number() }),
  v.object({ kind: v.literal("failed"), outcome: vOutcome }),
  v.object({ kind: v.literal("lost") }),
);
type Answer = Infer<typeof vMutationStepAnswer>;

/** Runs the user's mutation as a sub-transaction and settles its step with it. */
export async function runMutationStep(
  ctx: MutationCtx,
  args: Infer<typeof vMutationStep>,
): Promise<Answer> {
  const claimId = normalizeId(ctx, "claims", args.claim);
  const [seat, claim] = await Promise.all([
    loadSeat(ctx, args.seat),
    claimId && ctx.db.get("claims", claimId),
  ]);
  const isHeld = claim?.executor === args.executor;
  if (!isHeld || resolveMembership(seat, args.executor) === "none")
    return { kind: "lost" };
  const step = await requireStep(ctx, claim, args.number);
  if (step.outcome) {
    return {
      kind: "settled",
      outcome: step.outcome,
      settledAt: step.settledAt ?? Date.now(),
    };
  }
  let value: unknown;
  try {
    value = await ctx.runMutation(args.handle as FunctionHandle<"mutation">, args.args);
  } catch (error) {
    return { kind: "failed", outcome: resolveThrown(error, Date.now()) };
  }
  const settledAt = Date.now();
  const outcome = resolveReturned(value, `the result of step "${step.name}"`);
  await settleStep(ctx, step, outcome, settledAt);
  return { kind: "settled", outcome, settledAt };
}
