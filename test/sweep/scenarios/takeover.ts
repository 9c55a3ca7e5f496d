/**
 * Both executors die at once, each in the middle of a step, and so does the watchdog. Only
 * the seat that somebody starts another workflow on has a successor at once, which gives
 * back what the dead one held. It finds nobody watching and says so; the watchdog tends the
 * other seat. Whoever starts something at last finds somebody, whatever else has died.
 */
import { v } from "convex/values";
import { buildApp, ENTRY, ref, startAll } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Play, Scenario } from "../play.js";

const STEP_MS = 3_000;
/** Executors look for the watchdog when they are half a minute to a minute old. */
const LONG_MS = 62_000;
const CRASH_AT_MS = 1_000;
const LATE_AT_MS = 1_500;
const LOST_AT_MS = 2_000;
/** By then the watchdog has come back and been everywhere. */
const LAST_AT_MS = 95_000;
const KEYS = ["a", "b", "last", "late"];

const { source, executor } = buildApp({}, (executor) => ({
  main: executor.define({ args: { key: v.string() } }).handler(async (step, { key }) => {
    const ms = key === "late" ? LONG_MS : STEP_MS;
    await step.runMutation(ref<"mutation">("charge"), { key: `${key} before` });
    await step.runAction(ref<"action">("work"), { key, ms });
    await step.runMutation(ref<"mutation">("charge"), { key });
    return key;
  }),
}));

export const takeover: Scenario = {
  name: "takeovers",
  app: source,
  begin: async (play) => {
    await startAll(executor, ["a", "b"])(play);
    play.after(CRASH_AT_MS, async () => {
      await Promise.resolve();
      play.convex.crash((label) => label === ENTRY);
    });
    play.after(LATE_AT_MS, async () => startAll(executor, ["late"])(play));
    play.after(LOST_AT_MS, async () => loseWatchdog(play));
    play.after(LAST_AT_MS, async () => startAll(executor, ["last"])(play));
  },
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: KEYS.map((key) => ({ name: key, state: "completed", result: key })),
    effects: KEYS.flatMap((key) => [key, `${key} before`]),
  },
};

/** Cancels the watchdog's next run and the guard that would stand in for it. */
async function loseWatchdog(play: Play): Promise<void> {
  await play.inComponent(async ({ db, scheduler }) => {
    const row = await db.query("watchdog").first();
    for (const job of [row?.job, row?.guard])
      if (job) await scheduler.cancel(job as never);
  });
}
