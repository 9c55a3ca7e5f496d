/**
 * Mutation steps: exactly once (D4).
 *
 * Owns the transaction in which a user's mutation runs and its step is settled. Both
 * commit together or not at all; a repeated call finds the outcome and runs nothing.
 */
import type { FunctionHandle } from "convex/server";
import { v, type Infer } from "convex/values";
import {
  vOutcome,
  vSerializedError,
  vValue,
  type Outcome,
  speaksProtocol,
  vSelf,
  type KnownRows,
} from "../shared/model.js";
import { resolveReturned, resolveThrown } from "../shared/outcomes.js";
import { loadById, type Doc, type MutationCtx } from "./functions.js";
import { requireStep, settleStep } from "./journal.js";
import { checkMembership, loadSeat } from "./incarnations.js";

export const vMutationStep = v.object({
  ...vSelf,
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
  const step = await openStep(ctx, args);
  if (!step || step.outcome) return describeRecorded(step);
  let value: unknown;
  try {
    value = await ctx.runMutation(args.handle as FunctionHandle<"mutation">, args.args);
  } catch (error) {
    return { kind: "failed", outcome: resolveThrown(error, Date.now()) };
  }
  const outcome = resolveReturned(value, `the result of step "${step.name}"`);
  return await settle(ctx, step, outcome);
}

export const vMutationFailure = v.object({
  ...vSelf,
  claim: v.string(),
  number: v.number(),
  error: vSerializedError,
});

/**
 * Settles a mutation step as failed unless a call whose answer was lost has settled it
 * (P4). Serialized against such a call, so that the handler is told what the row says.
 */
export async function failMutationStep(
  ctx: MutationCtx,
  args: Infer<typeof vMutationFailure>,
): Promise<Answer> {
  const step = await openStep(ctx, args);
  if (!step || step.outcome) return describeRecorded(step);
  return await settle(ctx, step, { kind: "failed", error: args.error });
}

/** Loads a step that this executor may settle; null if the claim is gone (P5). */
async function openStep(
  ctx: MutationCtx,
  args: {
    protocol?: number;
    seat: number;
    executor: string;
    known?: KnownRows;
    claim: string;
    number: number;
  },
): Promise<Doc<"steps"> | null> {
  if (!speaksProtocol(args)) return null;
  const [seat, claim] = await Promise.all([
    loadSeat(ctx, args.seat, args.known),
    loadById(ctx, "claims", args.claim),
  ]);
  const isMember = (await checkMembership(ctx, seat, args.executor)) !== "none";
  if (!isMember || claim?.executor !== args.executor) return null;
  return await requireStep(ctx, claim, args.number);
}

function describeRecorded(step: Doc<"steps"> | null): Answer {
  if (!step?.outcome) return { kind: "lost" };
  const { outcome, settledAt = Date.now() } = step;
  return { kind: "settled", outcome, settledAt };
}

async function settle(
  ctx: MutationCtx,
  step: Doc<"steps">,
  outcome: Outcome,
): Promise<Answer> {
  const settledAt = Date.now();
  await settleStep(ctx, step, outcome, settledAt);
  return { kind: "settled", outcome, settledAt };
}
