/**
 * Waits that leave memory: a sleep, a backoff and a step that starts later, all of ten minutes, and a sleep that loses a
 * race. Both seats retire meanwhile, and are woken by what is due.
 */
import { buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Scenario } from "../play.js";

const FAR_MS = 10 * 60_000;
const charge = ref<"mutation">("charge");

const { source, executor } = buildApp({}, (executor) => ({
  sleeper: executor.define({}).handler(async (step) => {
    await step.runMutation(charge, { key: "before" });
    const [, beside] = await Promise.all([
      step.sleep(FAR_MS),
      step.runAction(ref<"action">("work"), { key: "beside", ms: 30 }),
    ]);
    await step.runMutation(charge, { key: "after" });
    return beside;
  }),
  patient: executor.define({}).handler(async (step) => {
    const work = { key: "flaky", ms: 10, failures: 1, retryAfterMs: FAR_MS };
    return await step.runAction(ref<"action">("work"), work, { retry: true });
  }),
  late: executor.define({}).handler(async (step) => {
    return await step.runMutation(charge, { key: "late" }, { runAfter: FAR_MS });
  }),
  racer: executor.define({}).handler(async (step) => {
    const quick = step.runAction(ref<"action">("work"), { key: "quick", ms: 20 });
    return await Promise.race([quick, step.sleep(6 * FAR_MS)]);
  }),
}));

export const waits: Scenario = {
  name: "far waits",
  app: source,
  begin: async (play) => {
    await play.inMutation(async (ctx) => {
      for (const name of ["sleeper", "patient", "late", "racer"])
        await executor.start(ctx, workflowRef(name), {}, { key: name });
    });
  },
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: [
      { name: "late", state: "completed", result: "late" },
      { name: "patient", state: "completed", result: "flaky" },
      { name: "racer", state: "completed", result: "quick" },
      { name: "sleeper", state: "completed", result: "beside" },
    ],
    effects: ["after", "before", "late"],
  },
};
