/**
 * Events that are too much for one commit together: it hands over some, and timers that are
 * due at once hand over the others, in their order. Nothing else would: no wait has an end.
 *
 * The limit of what a transaction may write is lowered, so that it is reached with kilobytes.
 */
import { buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Scenario } from "../play.js";

const BYTES = 16 * 1_024;
const NAMES = ["first", "second", "third", "fourth", "fifth", "sixth"];
const charge = ref<"mutation">("charge");

const { source, executor } = buildApp({}, (executor) => ({
  main: executor.define({}).handler(async (step) => {
    await step.runMutation(charge, { key: "before" });
    const wait = async () => await step.awaitEvent({ name: "big" });
    const got = await Promise.all(NAMES.map(wait));
    await step.runMutation(charge, { key: "after" });
    return got.map((one) => (one as string).trim());
  }),
}));

export const largeEvents: Scenario = {
  name: "events that are large together",
  app: source,
  transactionLimits: { bytesWritten: 16 * BYTES },
  begin: async (play) => {
    const workflowId = await play.inMutation(async (ctx) =>
      executor.start(ctx, workflowRef("main"), {}, { key: "main" }),
    );
    for (const name of NAMES)
      await play.inMutation(async (ctx) =>
        executor.sendEvent(ctx, {
          workflowId,
          name: "big",
          id: name,
          value: name.padEnd(BYTES),
        }),
      );
  },
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: [{ name: "main", state: "completed", result: NAMES }],
    effects: ["after", "before"],
  },
};
