/**
 * What is done only after trouble: an executor dies in the middle and is replaced by the
 * watchdog. A mutation step and a callback write more than a transaction may, and then just
 * as much, so that their transactions die of what the component adds. Whoever clears up may
 * crash too.
 *
 * The limit is lowered, so that it is reached with few documents.
 */
import {
  mutationGeneric,
  type AnyDataModel,
  type GenericMutationCtx,
} from "convex/server";
import { v } from "convex/values";
import { buildApp, ENTRY, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import { ledger } from "../ledger.js";
import type { Scenario } from "../play.js";

/** Longer than the watchdog's period, so that its runs are among what happens. */
const LONG_MS = 40_000;
const CRASH_AT_MS = 1_000;
/** Documents that a transaction may write: of what is done here, only these two come near. */
const WRITES_MAX = 64;

/** Writes as many documents as the transaction still may, and `more`. */
async function fill(ctx: GenericMutationCtx<AnyDataModel>, more: number): Promise<void> {
  const { documentsWritten } = await ctx.meta.getTransactionMetrics();
  for (let n = 0; n < documentsWritten.remaining + more; n += 1)
    await ctx.db.insert("effects", { key: "too much" });
}

const { source, executor } = buildApp({ seats: 1 }, (executor) => ({
  tooMuch: mutationGeneric({
    args: { more: v.number() },
    handler: async (ctx, { more }) => await fill(ctx, more),
  }),
  toldLate: mutationGeneric({
    args: { workflowId: v.string(), result: v.any(), context: v.optional(v.any()) },
    handler: async (ctx) => {
      const nth = ledger().note("told");
      if (nth === 1) await fill(ctx, 1);
      else if (nth === 2) await fill(ctx, 0);
      else await ctx.db.insert("effects", { key: "told" });
      return null;
    },
  }),
  main: executor.define({}).handler(async (step) => {
    const codes = [];
    for (const more of [1, 0]) {
      const failed = await step
        .runMutation(ref<"mutation">("tooMuch"), { more })
        .catch((error: Error & { code?: string }) => error.code ?? "thrown");
      codes.push(failed);
    }
    await step.runAction(ref<"action">("work"), { key: "long", ms: LONG_MS });
    await step.runMutation(ref<"mutation">("charge"), { key: "after" });
    return codes;
  }),
}));

export const aftermath: Scenario = {
  name: "what follows from trouble",
  app: source,
  transactionLimits: { documentsWritten: WRITES_MAX },
  begin: async (play) => {
    const onComplete = ref<"mutation">("toldLate");
    await play.inMutation(async (ctx) =>
      executor.start(ctx, workflowRef("main"), {}, { key: "main", onComplete }),
    );
    play.after(CRASH_AT_MS, async () => {
      await Promise.resolve();
      play.convex.crash((label) => label === ENTRY);
    });
  },
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: [
      { name: "main", state: "completed", result: ["thrown", "TRANSACTION_DIED"] },
    ],
    effects: ["after", "told"],
  },
  // A callback's transaction may be tried again on a conflict.
  extraAttempts: 5,
};
