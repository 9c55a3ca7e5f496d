/**
 * Workflows that pass a gate of their own, one after the other, and children that begin
 * later, by a timer. A crash keeps the gate neither closed nor open for two.
 */
import { buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Scenario } from "../play.js";

const KEYS = ["a", "b", "c"];
const GATE = { key: "one", concurrency: 1 };

const { source, executor } = buildApp({}, (executor) => ({
  child: executor.define({}).handler(async (step) => {
    return await step.runAction(ref<"action">("work"), { key: "child", ms: 20 });
  }),
  main: executor.define({ gate: GATE }).handler(async (step) => {
    const result = await step.runWorkflow(workflowRef("child"), {}, { runAfter: 1_500 });
    await step.runMutation(ref<"mutation">("charge"), { key: "main" });
    return result;
  }),
}));

export const passes: Scenario = {
  name: "gates of workflows",
  app: source,
  gated: ["app:main"],
  begin: async (play) => {
    await play.inMutation(async (ctx) =>
      executor.startMany(
        ctx,
        workflowRef("main"),
        KEYS.map((key) => ({ args: {}, key })),
      ),
    );
  },
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: KEYS.flatMap((name) => [
      { name, state: "completed", result: "child" },
      { name: `${name}/0`, state: "completed", result: "child" },
    ]),
    effects: KEYS.map(() => "main"),
  },
};
