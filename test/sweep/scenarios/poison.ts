/**
 * A workflow that kills each executor that runs it, by a rejection that no engine can see,
 * between two that do no harm. It is told apart and failed; the others are completed.
 */
import { v } from "convex/values";
import { attempt, buildApp, ref, startAll } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Scenario } from "../play.js";

const KEYS = ["a", "poison", "b"];

const { source, executor } = buildApp({ shards: 1 }, (executor) => ({
  main: executor.define({ args: { key: v.string() } }).handler(async (step, { key }) => {
    await step.run("work", async () => {
      if (key === "poison") setTimeout(() => void Promise.reject(new Error("boom")), 20);
      return await attempt({ key, ms: 60 });
    });
    await step.runMutation(ref<"mutation">("charge"), { key });
    return key;
  }),
}));

export const poison: Scenario = {
  name: "poison",
  app: source,
  begin: startAll(executor, KEYS),
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: [
      { name: "a", state: "completed", result: "a" },
      { name: "b", state: "completed", result: "b" },
      { name: "poison", state: "failed", error: "POISON" },
    ],
    effects: ["a", "b"],
  },
  dies: /boom/,
  // A calm run may be lucky and need few; nine counted deaths name a culprit at the latest.
  extraAttempts: 6,
};
