/**
 * Executors that live for a second: each hands over, drains and leaves several times while
 * workflows work, wait and sleep. A step of theirs never fits twice into a life.
 */
import { v } from "convex/values";
import { buildApp, ref, startAll } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Scenario } from "../play.js";

const KEYS = ["a", "b", "c"];

const { source, executor } = buildApp(
  { seats: 1, lifetimeMs: 1_000, drainMs: 600 },
  (executor) => ({
    main: executor
      .define({ args: { key: v.string() } })
      .handler(async (step, { key }) => {
        for (const part of [1, 2, 3]) {
          await step.runAction(ref<"action">("work"), { key: `${key}${part}`, ms: 400 });
          await step.runMutation(ref<"mutation">("charge"), { key: `${key}${part}` });
          await step.sleep(150);
        }
        return key;
      }),
  }),
);

export const handoff: Scenario = {
  name: "handoffs",
  app: source,
  begin: startAll(executor, KEYS),
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: KEYS.map((key) => ({ name: key, state: "completed", result: key })),
    effects: KEYS.flatMap((key) => [1, 2, 3].map((part) => `${key}${part}`)),
  },
  // Whoever takes over late may have to hand over in the middle of a step.
  extraAttempts: 2,
};
