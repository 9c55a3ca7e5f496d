/**
 * Events: sent before their waiter and after it, the same one twice, raced against a
 * timeout, and a wait that times out.
 */
import type { WorkflowId } from "../../../src/client/index.js";
import { buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Play, Scenario } from "../play.js";

const charge = ref<"mutation">("charge");

const { source, executor } = buildApp({}, (executor) => ({
  main: executor.define({}).handler(async (step) => {
    const early = await step.awaitEvent({ name: "early" });
    await step.runMutation(charge, { key: "early" });
    const late = await step.awaitEvent({ name: "late", timeoutMs: 3_600_000 });
    const raced = await step.awaitEvent(["second", "third"]);
    const timedOut = await step
      .awaitEvent({ name: "never", timeoutMs: 2_000 })
      .catch((error: Error & { code?: string }) => error.code);
    await step.runMutation(charge, { key: "last" });
    return [early, late, raced, timedOut];
  }),
}));

async function send(play: Play, workflowId: WorkflowId, name: string, value: string) {
  await play.inMutation(async (ctx) =>
    executor.sendEvent(ctx, { workflowId, name, id: `${name} ${value}`, value }),
  );
}

export const events: Scenario = {
  name: "events",
  app: source,
  begin: async (play) => {
    const id = await play.inMutation(async (ctx) =>
      executor.start(ctx, workflowRef("main"), {}, { key: "main" }),
    );
    await send(play, id, "early", "sent before");
    play.after(1_500, async () => {
      await send(play, id, "late", "sent after");
      await send(play, id, "late", "sent after");
    });
    play.after(4_000, async () => send(play, id, "third", "came first"));
  },
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: [
      {
        name: "main",
        state: "completed",
        result: [
          "sent before",
          "sent after",
          { name: "third", value: "came first" },
          "EVENT_TIMEOUT",
        ],
      },
    ],
    effects: ["early", "last"],
  },
};
