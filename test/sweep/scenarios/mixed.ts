/**
 * Two executors, steps of every local kind, a child and a status: what workflows are made of.
 */
import { attempt, buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Scenario } from "../play.js";

const { source, executor } = buildApp({}, (executor) => ({
  main: executor.define({}).handler(async (step) => {
    const both = await Promise.all([
      step.runAction(ref<"action">("work"), { key: "work", ms: 40 }),
      step.runAction(ref<"action">("remote"), { key: "remote", ms: 60 }),
      step.runQuery(ref<"query">("look"), {}),
    ]);
    step.setStatus("charging");
    await step.runMutation(ref<"mutation">("charge"), { key: "first" });
    step.setStatus("charged");
    const flaky = await step.runAction(
      ref<"action">("work"),
      { key: "flaky", ms: 10, failures: 1 },
      { retry: { maxAttempts: 4, initialBackoffMs: 100 } },
    );
    const child = await step.runWorkflow(workflowRef("child"), {});
    await step.sleep(100);
    const inline = await step.run(
      "inline",
      async () => await attempt({ key: "inline", ms: 10 }),
    );
    return [...both, flaky, child, inline];
  }),
  child: executor.define({}).handler(async (step) => {
    return await step.runMutation(ref<"mutation">("charge"), { key: "second" });
  }),
}));

export const mixed: Scenario = {
  name: "steps of every local kind",
  app: source,
  begin: async (play) => {
    await play.inMutation(async (ctx) =>
      executor.start(ctx, workflowRef("main"), {}, { key: "main" }),
    );
  },
  facts: (play) => ({
    endings: endings(play),
    effects: effects(play),
    statuses: play.rows("statuses").map(({ value }) => value),
  }),
  expected: {
    endings: [
      {
        name: "main",
        state: "completed",
        result: ["work", "remote", "seen", "flaky", "second", "inline"],
      },
      { name: "main/5", state: "completed", result: "second" },
    ],
    effects: ["first", "second"],
    statuses: ["charged"],
  },
};
