/**
 * A workflow that is restarted from a step while it is hot: what came before is kept, what
 * follows runs in the next generation, and the old one does nothing more.
 */
import { expect } from "vitest";
import { buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Scenario } from "../play.js";

const charge = ref<"mutation">("charge");

const { source, executor } = buildApp({}, (executor) => ({
  main: executor.define({}).handler(async (step) => {
    await step.runMutation(charge, { key: "kept" });
    await step.runAction(ref<"action">("work"), { key: "again", ms: 30 });
    await step.runMutation(charge, { key: "twice" });
    const child = step.runWorkflow(workflowRef("child"), {});
    await step.sleep(300, { name: "restarted here" });
    await child;
    await step.runMutation(charge, { key: "last" });
    return "done";
  }),
  child: executor.define({}).handler(async (step) => {
    await step.sleep(5_000);
    return await step.runMutation(charge, { key: "child" });
  }),
}));

export const restart: Scenario = {
  name: "a restart from a step",
  app: source,
  begin: async (play) => {
    const id = await play.inMutation(async (ctx) =>
      executor.start(ctx, workflowRef("main"), {}, { key: "main" }),
    );
    play.when<{ name: string }>(
      "steps",
      ({ name }) => name === "restarted here",
      async () =>
        await play.inMutation(async (ctx) => executor.restart(ctx, id, { fromStep: 1 })),
    );
  },
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: [
      { name: "main", state: "completed", result: "done" },
      { name: "main/3", state: "canceled", error: expect.any(String) },
      { name: "main/3", state: "completed", result: "child" },
    ],
    effects: ["child", "kept", "last", "twice", "twice"],
  },
};
