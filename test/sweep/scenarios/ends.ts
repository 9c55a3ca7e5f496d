/**
 * Ends and those who are told of them: a completed workflow, one that is canceled while it
 * runs and cleans up, with a child that does so too, and one that times out. Each callback
 * fails once, and runs once.
 */
import { mutationGeneric } from "convex/server";
import { expect } from "vitest";
import { vOnCompleteArgs } from "../../../src/client/index.js";
import { buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import { ledger } from "../ledger.js";
import type { Play, Scenario } from "../play.js";

const charge = ref<"mutation">("charge");
const LONG_MS = 3_600_000;
const TIMEOUT_MS = 120_000;
/** Long enough for the watchdog to find out, and for whoever follows to clean up. */
const GRACE_MS = 600_000;

const { source, executor } = buildApp({}, (executor) => ({
  quick: executor.define({}).handler(async (step) => {
    return await step.runMutation(charge, { key: "quick" });
  }),
  long: executor.define({ graceMs: GRACE_MS }).handler(async (step) => {
    try {
      await Promise.all([
        step.sleep(LONG_MS),
        step.runWorkflow(workflowRef("child"), {}),
      ]);
    } finally {
      await step.runMutation(charge, { key: "long cleans up" });
    }
  }),
  child: executor.define({ graceMs: GRACE_MS }).handler(async (step) => {
    try {
      await step.sleep(LONG_MS);
    } finally {
      await step.runMutation(charge, { key: "child cleans up" });
    }
  }),
  late: executor
    .define({ timeoutMs: TIMEOUT_MS, graceMs: GRACE_MS })
    .handler(async (step) => {
      try {
        await step.sleep(LONG_MS);
      } finally {
        await step.runMutation(charge, { key: "late cleans up" });
      }
    }),
  done: mutationGeneric({
    args: vOnCompleteArgs(),
    handler: async (ctx, { result, context }) => {
      if (ledger().note(`callback ${String(context)}`) === 1)
        throw new Error("The callback fails once.");
      await ctx.db.insert("callbacks", { call: [context, result.kind] });
      return null;
    },
  }),
}));

export const ends: Scenario = {
  name: "ends and callbacks",
  app: source,
  begin: async (play) => {
    const onComplete = ref<"mutation">("done");
    const begin = async (name: string) =>
      await play.inMutation(async (ctx) =>
        executor.start(
          ctx,
          workflowRef(name),
          {},
          { key: name, onComplete, context: name },
        ),
      );
    await begin("quick");
    const id = await begin("long");
    await begin("late");
    play.after(100_000, async () =>
      play.inMutation(async (ctx) => executor.cancel(ctx, id, "by the scenario")),
    );
  },
  facts: (play) => ({
    endings: endings(play),
    effects: effects(play),
    callbacks: callbacks(play),
  }),
  expected: {
    endings: [
      { name: "late", state: "failed", error: "WORKFLOW_TIMEOUT" },
      { name: "long", state: "canceled", error: "by the scenario" },
      { name: "long/1", state: "canceled", error: expect.any(String) },
      { name: "quick", state: "completed", result: "quick" },
    ],
    effects: ["child cleans up", "late cleans up", "long cleans up", "quick"],
    callbacks: [
      ["late", "failed"],
      ["long", "canceled"],
      ["quick", "success"],
    ],
  },
  // A callback's transaction may be tried again on a conflict.
  extraAttempts: 5,
};

function callbacks(play: Play): unknown[] {
  return play
    .rows<{ call: [string, string] }>("callbacks", "")
    .map(({ call }) => call)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
