/**
 * More workflows than one seat can run stand on its shard, while the other seat is idle: it
 * is called, and moves some of them to its own, where they sleep and go on.
 */
import { v } from "convex/values";
import { buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Scenario } from "../play.js";

const KEYS = ["a", "b", "c", "d", "e", "f"];
const HOT = 0;
/** Milliseconds until whoever was started for workflows that are paused has retired. */
const QUIET_MS = 10_000;

const { source, executor } = buildApp({ slotsPerShard: 1 }, (executor) => ({
  main: executor.define({ args: { key: v.string() } }).handler(async (step, { key }) => {
    await step.runAction(ref<"action">("work"), { key, ms: 700 });
    await step.runMutation(ref<"mutation">("charge"), { key });
    await step.sleep(100);
    return key;
  }),
}));

export const help: Scenario = {
  name: "help",
  app: source,
  begin: async (play) => {
    const main = workflowRef("main");
    await play.inMutation(async (ctx) => executor.startExecutors(ctx));
    await play.inMutation(async (ctx) => executor.pause(ctx, main));
    await play.inMutation(async (ctx) =>
      executor.startMany(
        ctx,
        main,
        KEYS.map((key) => ({ args: { key }, key })),
      ),
    );
    // Nothing deals work so unevenly; paused, they stand in no queue.
    await play.inComponent(async ({ db }) => {
      for (const { _id } of await db.query("workflows").collect())
        await db.patch(_id, { shard: HOT });
    });
    play.after(QUIET_MS, async () =>
      play.inMutation(async (ctx) => executor.resume(ctx, main)),
    );
  },
  facts: (play) => ({
    endings: endings(play),
    effects: effects(play),
    calls: play.rows("helpCalls").length,
  }),
  expected: {
    endings: KEYS.map((key) => ({ name: key, state: "completed", result: key })),
    effects: KEYS,
    calls: 0,
  },
};
