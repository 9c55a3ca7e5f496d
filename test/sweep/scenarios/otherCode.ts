/**
 * A deployment whose code lacks a definition while workflows of it run, wait and are queued:
 * they are parked, also when an operator takes them up, and taken up by the code after it, which
 * has the definition again.
 */
import { v } from "convex/values";
import type { Executor } from "../../../src/client/index.js";
import { buildApp, ref, startAll } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Play, Scenario } from "../play.js";

const KEYS = ["a", "b", "c", "d"];
const LACKING_MS = 3_000;

const OPTIONS = { slotsPerShard: 1 };
const define = (executor: Executor) =>
  executor.define({ args: { key: v.string() } }).handler(async (step, { key }) => {
    await step.runMutation(ref<"mutation">("charge"), { key: `${key} before` });
    if (key === "a") await step.sleep(1_000);
    await step.runAction(ref<"action">("work"), { key, ms: 100 });
    await step.runMutation(ref<"mutation">("charge"), { key });
    return key;
  });
const old = buildApp(OPTIONS, (executor) => ({ main: define(executor) }));
const lacking = buildApp(OPTIONS, () => ({}));
const complete = buildApp(OPTIONS, (executor) => ({
  main: define(executor),
  added: executor.define({}).handler(async (step) => await step.sleep(1)),
}));

export const otherCode: Scenario = {
  name: "code that lacks a definition",
  app: old.source,
  begin: async (play) => {
    await startAll(old.executor, KEYS)(play);
    play.when(
      "steps",
      () => true,
      async () => {
        await replace(play, lacking);
        play.after(LACKING_MS / 2, async () => play.operate("unpark"));
        play.after(LACKING_MS, async () => replace(play, complete));
      },
    );
  },
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: KEYS.map((key) => ({ name: key, state: "completed", result: key })),
    effects: KEYS.flatMap((key) => [key, `${key} before`]),
  },
};

/** Deploys other code, and has executors begin that know it, as one does after a deploy. */
async function replace(play: Play, { source }: { source: Scenario["app"] }) {
  await play.deploy(source);
  await play.operate("bumpEpoch", { restart: true });
}
