/**
 * Children on other shards and other seats than their parent's: awaited together and one
 * after the other, failing, and left behind by a race.
 */
import { v } from "convex/values";
import { expect } from "vitest";
import { buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Scenario } from "../play.js";

const { source, executor } = buildApp({}, (executor) => ({
  parent: executor.define({}).handler(async (step) => {
    const both = await Promise.all([
      step.runWorkflow(workflowRef("child"), { key: "a" }),
      step.runWorkflow(workflowRef("child"), { key: "b" }),
    ]);
    const caught = await step
      .runWorkflow(workflowRef("failing"), {})
      .catch((error: Error & { code?: string }) => error.code);
    // Loses the race, and is canceled when its parent ends.
    const slow = step.runWorkflow(workflowRef("slow"), {}).catch(() => "never");
    const first = await Promise.race([slow, step.sleep(50).then(() => "sleep")]);
    return [...both, caught, first];
  }),
  child: executor.define({ args: { key: v.string() } }).handler(async (step, { key }) => {
    return await step.runMutation(ref<"mutation">("charge"), { key });
  }),
  failing: executor.define({}).handler(async (step) => {
    await step.run("fails", () => {
      throw new Error("as it should");
    });
  }),
  slow: executor.define({}).handler(async (step) => {
    await step.sleep(60_000);
    await step.runMutation(ref<"mutation">("charge"), { key: "never" });
  }),
}));

export const children: Scenario = {
  name: "children across seats",
  app: source,
  begin: async (play) => {
    await play.inMutation(async (ctx) =>
      executor.start(ctx, workflowRef("parent"), {}, { key: "parent" }),
    );
  },
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: [
      { name: "parent", state: "completed", result: ["a", "b", "CHILD_FAILED", "sleep"] },
      { name: "parent/0", state: "completed", result: "a" },
      { name: "parent/1", state: "completed", result: "b" },
      { name: "parent/2", state: "failed", error: expect.any(String) },
      { name: "parent/3", state: "canceled", error: expect.any(String) },
    ],
    effects: ["a", "b"],
  },
};
