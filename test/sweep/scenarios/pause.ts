/**
 * A definition that is paused while one of its workflows runs and another waits to begin,
 * and resumed later, beside one that goes on.
 */
import { v } from "convex/values";
import { buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Scenario } from "../play.js";

const charge = ref<"mutation">("charge");
const PAUSED_MS = 3_000;

const { source, executor } = buildApp({ slotsPerShard: 1, shards: 1 }, (executor) => {
  const define = () =>
    executor.define({ args: { key: v.string() } }).handler(async (step, { key }) => {
      await step.runAction(ref<"action">("work"), { key, ms: 200 });
      await step.runMutation(charge, { key });
      return key;
    });
  return { paused: define(), other: define() };
});

export const pause: Scenario = {
  name: "pause and resume",
  app: source,
  begin: async (play) => {
    const paused = workflowRef("paused");
    const begin = async (name: string, key: string) =>
      await play.inMutation(async (ctx) =>
        executor.start(ctx, workflowRef(name), { key }, { key }),
      );
    await begin("paused", "a");
    await begin("paused", "b");
    await begin("other", "c");
    play.when(
      "steps",
      () => true,
      async () => {
        await play.inMutation(async (ctx) => executor.pause(ctx, paused));
        await begin("paused", "d");
        play.after(PAUSED_MS, async () =>
          play.inMutation(async (ctx) => executor.resume(ctx, paused)),
        );
      },
    );
  },
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: ["a", "b", "c", "d"].map((key) => ({
      name: key,
      state: "completed",
      result: key,
    })),
    effects: ["a", "b", "c", "d"],
  },
};
