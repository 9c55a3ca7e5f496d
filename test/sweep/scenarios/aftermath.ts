/**
 * What is done only after trouble: an executor dies in the middle and is replaced, and
 * a mutation step and a callback write more than a transaction may. Whoever clears up may
 * crash too.
 */
import { mutationGeneric } from "convex/server";
import { v } from "convex/values";
import { buildApp, ENTRY, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import { ledger } from "../ledger.js";
import type { Scenario } from "../play.js";

/** Longer than the watchdog's period, so that its runs are among what happens. */
const LONG_MS = 40_000;
const CRASH_AT_MS = 1_000;
/** More than a transaction may write, in documents that may be written. */
const TOO_MUCH = Array.from({ length: 20 }, () => "x".repeat(1_000_000));

const { source, executor } = buildApp({ seats: 1 }, (executor) => ({
  tooMuch: mutationGeneric({
    args: {},
    handler: async (ctx) => {
      for (const key of TOO_MUCH) await ctx.db.insert("effects", { key });
    },
  }),
  toldLate: mutationGeneric({
    args: { workflowId: v.string(), result: v.any(), context: v.optional(v.any()) },
    handler: async (ctx) => {
      const keys = ledger().note("told") < 3 ? TOO_MUCH : ["told"];
      for (const key of keys) await ctx.db.insert("effects", { key });
      return null;
    },
  }),
  main: executor.define({}).handler(async (step) => {
    const large = await step
      .runMutation(ref<"mutation">("tooMuch"), {})
      .catch(() => "caught");
    await step.runAction(ref<"action">("work"), { key: "long", ms: LONG_MS });
    await step.runMutation(ref<"mutation">("charge"), { key: "after" });
    return large;
  }),
}));

export const aftermath: Scenario = {
  name: "what follows from trouble",
  app: source,
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
    endings: [{ name: "main", state: "completed", result: "caught" }],
    effects: ["after", "told"],
  },
  // A callback's transaction may be tried again on a conflict.
  extraAttempts: 5,
};
