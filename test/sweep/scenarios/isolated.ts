/**
 * Steps on the workpool, beside one in the executor. The pool's own actions crash too: then
 * its recovery finds out, and the step fails, for it runs at most once.
 */
import { buildApp, ENTRY, ref, workflowRef } from "../app.js";
import { endings } from "../judge.js";
import type { Scenario } from "../play.js";

const ISOLATED = { isolated: true } as const;

const { source, executor } = buildApp({}, (executor) => ({
  main: executor.define({}).handler(async (step) => {
    const isolated = async (key: string) =>
      await step
        .runAction(ref<"action">("remote"), { key, ms: 30 }, ISOLATED)
        .catch(() => "lost");
    return await Promise.all([
      isolated("first"),
      isolated("second"),
      step.runAction(ref<"action">("work"), { key: "beside", ms: 30 }),
    ]);
  }),
}));

export const isolated: Scenario = {
  name: "isolated steps",
  app: source,
  crashed: [ENTRY, "executor/workpool/worker:runBatch", "app:remote"],
  begin: async (play) => {
    await play.inMutation(async (ctx) =>
      executor.start(ctx, workflowRef("main"), {}, { key: "main" }),
    );
  },
  facts: (play) => {
    const { state, result } = endings(play)[0] as { state: string; result: string[] };
    const isTrue = ["first", "second"].map(
      (key, index) =>
        result[index] === "lost" ||
        (result[index] === key && play.ledger.count(key) === 1),
    );
    return { state, isTrue, beside: result[2] };
  },
  expected: { state: "completed", isTrue: [true, true], beside: "beside" },
  once: ["first", "second"],
};
