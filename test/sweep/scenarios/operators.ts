/**
 * An operator at work: everything is paused in the middle of a step, and while nobody runs,
 * queues are cleared and failed, and a workflow is removed. Then the rest goes on; a callback
 * fails until it is repaired and tried again, and what was cleared is cleaned up.
 */
import { mutationGeneric } from "convex/server";
import { v } from "convex/values";
import { vOnCompleteArgs } from "../../../src/client/index.js";
import { buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import { ledger } from "../ledger.js";
import type { Play, Scenario } from "../play.js";

const charge = ref<"mutation">("charge");
/** When the first two wait, whoever had to be found dead before. */
const BUSY_MS = 99_000;
const PAUSE_MS = 100_000;
/** When all have left. */
const CLEAR_MS = 200_000;
const RESUME_MS = 210_000;
/** When the callback has failed for the last time. */
const REPAIR_MS = 600_000;
/** Definitions of which one workflow waits to begin when its queue is dealt with. */
const QUEUED = ["failed", "cleared", "removed", "told"] as const;
/** Those of which one waits for an event by then. */
const WAITING = ["signalled", "patient"] as const;
/** One that is in the middle of a step when all is paused. */
const BUSY = "busy";
type Name = (typeof QUEUED | typeof WAITING)[number] | typeof BUSY;

const { source, executor } = buildApp({}, (executor) => {
  const define = () =>
    executor.define({ args: { key: v.string() } }).handler(async (step, { key }) => {
      await step.runMutation(charge, { key: `${key} before` });
      if (WAITING.some((name) => name === key)) await step.awaitEvent({ name: "go" });
      if (key === BUSY) await step.runAction(ref<"action">("work"), { key, ms: 4_000 });
      await step.runMutation(charge, { key });
      return key;
    });
  const names: Name[] = [...QUEUED, ...WAITING, BUSY];
  return {
    ...Object.fromEntries(names.map((name) => [name, define()])),
    repaired: mutationGeneric({
      args: vOnCompleteArgs(),
      handler: async (ctx) => {
        if (ledger().count("repair") === 0) throw new Error("Not repaired yet.");
        await ctx.db.insert("callbacks", { call: "repaired" });
        return null;
      },
    }),
  };
});

export const operators: Scenario = {
  name: "operators",
  app: source,
  begin: async (play) => {
    const [signalled, patient] = [
      await start(play, "signalled"),
      await start(play, "patient"),
    ];
    play.after(BUSY_MS, async () => start(play, BUSY));
    play.after(PAUSE_MS, async () => play.operate("pause"));
    play.after(CLEAR_MS, async () => {
      for (const workflowId of [signalled, patient])
        await play.inMutation(async (ctx) =>
          executor.sendEvent(ctx, { workflowId, name: "go" }),
        );
      await clear(play);
    });
    play.after(RESUME_MS, async () => play.operate("resume"));
    play.after(REPAIR_MS, async () => repair(play));
  },
  facts: (play) => ({
    endings: endings(play),
    effects: effects(play),
    calls: play.rows<{ call: unknown }>("callbacks", "").map(({ call }) => call),
  }),
  expected: {
    endings: [
      { name: "busy", state: "completed", result: "busy" },
      { name: "failed", state: "failed", error: "FAILED_BY_OPERATOR" },
      { name: "patient", state: "completed", result: "patient" },
      {
        name: "signalled",
        state: "canceled",
        error: "An operator called clearReplayQueue.",
      },
      { name: "told", state: "completed", result: "told" },
    ],
    effects: [
      "busy",
      "busy before",
      "patient",
      "patient before",
      "signalled before",
      "told",
      "told before",
    ],
    calls: ["repaired"],
  },
};

async function start(play: Play, name: Name) {
  const onComplete = name === "told" ? { onComplete: ref<"mutation">("repaired") } : {};
  return await play.inMutation(async (ctx) =>
    executor.start(ctx, workflowRef(name), { key: name }, { key: name, ...onComplete }),
  );
}

/** Deals with the queues while nobody takes anything from them. */
async function clear(play: Play): Promise<void> {
  for (const name of QUEUED) {
    const id = await start(play, name);
    if (name !== "removed") continue;
    await play.inMutation(async (ctx) => executor.cleanup(ctx, id, { cancel: true }));
  }
  await play.operate("failPendingTasks", { definition: "app:failed" });
  await play.operate("clearTaskQueue", { definition: "app:cleared" });
  await play.operate("clearReplayQueue", { definition: "app:signalled" });
}

/** Repairs the callback and has it tried again; cleans up besides. */
async function repair(play: Play): Promise<void> {
  ledger().note("repair");
  await play.operate("retryOutbox", { definition: "app:told" });
  await play.operate("cleanupAll", { definition: "app:cleared" });
}
