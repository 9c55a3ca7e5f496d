/**
 * Waits that are let go of when memory runs short: sleeps, backoffs and steps that start
 * later. Each workflow holds a text while it waits; what waits longest is given back, with a
 * timer in the place of its wait (`defer`), and comes back in time.
 *
 * The test makes the executor's account small, so that this needs kilobytes.
 */
import { v } from "convex/values";
import { attempt, buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Scenario } from "../play.js";

/** With a `HOT_BYTES_MAX` of four of these, some workflows stay, and some go. */
const HELD_BYTES = 16 * 1_024;
/** Near enough to be kept in memory, and long enough to be let go of. */
const WAIT_MS = 60_000;
const BACKOFF = { maxAttempts: 2, initialBackoffMs: WAIT_MS, maxBackoffMs: WAIT_MS };
const KEYS = ["sleep 1", "start 1", "backoff 1", "sleep 2", "start 2", "backoff 2"];

const { source, executor } = buildApp({ seats: 1, slotsPerShard: 8 }, (executor) => ({
  main: executor.define({ args: { key: v.string() } }).handler(async (step, { key }) => {
    const text = await step.run(`load ${key}`, async () => {
      await attempt({ key: `load ${key}`, ms: 40 });
      return "x".repeat(HELD_BYTES);
    });
    const work = { key, ms: 20, failures: key.startsWith("backoff") ? 1 : 0 };
    if (key.startsWith("sleep")) await step.sleep(WAIT_MS);
    else
      await step.runAction(ref<"action">("work"), work, {
        retry: BACKOFF,
        ...(key.startsWith("start") ? { runAfter: WAIT_MS } : {}),
      });
    await step.runMutation(ref<"mutation">("charge"), { key });
    return text.length;
  }),
}));

export const pressure: Scenario = {
  name: "waits without room",
  app: source,
  begin: async (play) => {
    await play.inMutation(async (ctx) =>
      executor.startMany(
        ctx,
        workflowRef("main"),
        KEYS.map((key) => ({ args: { key }, key })),
      ),
    );
  },
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: [...KEYS]
      .sort()
      .map((name) => ({ name, state: "completed", result: HELD_BYTES })),
    effects: [...KEYS].sort(),
  },
};
