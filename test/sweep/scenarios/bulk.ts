/**
 * An operator who cancels all workflows of a definition, running, waiting and queued, and
 * restarts all of them later: those complete, beside one of another definition. He goes on
 * page by page himself the first time, and in the background the second.
 */
import { v } from "convex/values";
import { buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Play, Scenario } from "../play.js";

const KEYS = ["a", "b", "c", "d"];
const MAIN = { definition: "app:main" };
const LONG_MS = 2_000;
/** When all have ended that were canceled, whoever had to be found dead before. */
const RESTART_MS = 600_000;

const { source, executor } = buildApp({ slotsPerShard: 1 }, (executor) => {
  const define = () =>
    executor.define({ args: { key: v.string() } }).handler(async (step, { key }) => {
      await step.runMutation(ref<"mutation">("charge"), { key: `${key} before` });
      if (key === "b") await step.sleep(LONG_MS);
      else await step.runAction(ref<"action">("work"), { key, ms: LONG_MS });
      await step.runMutation(ref<"mutation">("charge"), { key });
      return key;
    });
  return { main: define(), other: define() };
});

export const bulk: Scenario = {
  name: "cancel and restart of all",
  app: source,
  begin: async (play) => {
    await play.inMutation(async (ctx) => {
      for (const key of KEYS)
        await executor.start(ctx, workflowRef("main"), { key }, { key });
      await executor.start(ctx, workflowRef("other"), { key: "x" }, { key: "x" });
    });
    play.when<{ kind: string }>(
      "steps",
      ({ kind }) => kind === "action",
      async () => cancelAll(play),
    );
    play.after(RESTART_MS, async () =>
      play.operate("restartAll", { ...MAIN, state: "canceled" }),
    );
  },
  facts: (play) => ({
    endings: endings(play),
    effects: effects(play).filter((key) => !key.endsWith(" before")),
  }),
  expected: {
    endings: [...KEYS, "x"].map((key) => ({
      name: key,
      state: "completed",
      result: key,
    })),
    effects: [...KEYS, "x"],
  },
};

/** Cancels page by page. */
async function cancelAll(play: Play): Promise<void> {
  type Answer = { cursor: string | null };
  const args = { ...MAIN, background: false };
  let { cursor } = (await play.operate("cancelAll", args)) as Answer;
  while (cursor !== null)
    ({ cursor } = (await play.operate("continueBulk", { cursor })) as Answer);
}
