/**
 * What the app does of its own beside its workflows: chains of scheduled mutations, each of
 * which schedules the next.
 *
 * Owns how late they begin. A chain ends when it is told to.
 */
import {
  makeFunctionReference,
  mutationGeneric,
  type RegisteredMutation,
} from "convex/server";
import { v } from "convex/values";

/** How much there is. */
export interface OwnWorkPlan {
  readonly chains: number;
  /** Milliseconds from the start of a function to when the next one is due. */
  readonly everyMs: number;
}

/** Schedules a function, due now. */
export const TICK = makeFunctionReference<"mutation", { dueAt: number }, null>(
  "app:tick",
);

export class OwnWork {
  /** How many milliseconds after it was due each function began. */
  delaysMs: number[] = [];
  isOn = true;

  constructor(
    private readonly plan: OwnWorkPlan,
    private readonly now: () => number,
  ) {}

  /** The function of the chains. */
  define(): RegisteredMutation<"public", { dueAt: number }, Promise<null>> {
    return mutationGeneric({
      args: { dueAt: v.number() },
      returns: v.null(),
      handler: async (ctx, { dueAt }): Promise<null> => {
        if (!this.isOn) return null;
        this.delaysMs.push(this.now() - dueAt);
        const { everyMs } = this.plan;
        await ctx.db.insert("rows", { index: 0 });
        await ctx.scheduler.runAfter(everyMs, TICK, { dueAt: Date.now() + everyMs });
        return null;
      },
    });
  }
}
