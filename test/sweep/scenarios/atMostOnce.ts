/**
 * Steps that may run once: an action in the executor, one beside it, and inline code.
 * Whoever crashes, none of them starts twice, and the handler learns what is not known.
 */
import { attempt, buildApp, ref, workflowRef } from "../app.js";
import { endings } from "../judge.js";
import type { Scenario } from "../play.js";

const KEYS = ["work", "remote", "inline"];
const ONCE = { atMostOnce: true } as const;

type Coded = Error & { code?: string };

const { source, executor } = buildApp({}, (executor) => ({
  main: executor.define({}).handler(async (step) => {
    const tell = (error: Coded) => error.code ?? error.message;
    const work = { key: "work", ms: 40 };
    const remote = { key: "remote", ms: 60 };
    const both = await Promise.all([
      step.runAction(ref<"action">("work"), work, ONCE).catch(tell),
      step.runAction(ref<"action">("remote"), remote, ONCE).catch(tell),
    ]);
    const inline = await step
      .run("inline", async () => await attempt({ key: "inline", ms: 10 }), ONCE)
      .catch(tell);
    return [...both, inline];
  }),
}));

export const atMostOnce: Scenario = {
  name: "steps at most once",
  app: source,
  begin: async (play) => {
    await play.inMutation(async (ctx) =>
      executor.start(ctx, workflowRef("main"), {}, { key: "main" }),
    );
  },
  facts: (play) => {
    const { state, result } = endings(play)[0] as { state: string; result: string[] };
    // Either it ran, and once, or nobody knows.
    const isTrue = KEYS.map(
      (key, index) =>
        result[index] === "OUTCOME_UNKNOWN" ||
        (result[index] === key && play.ledger.count(key) === 1),
    );
    return { state, isTrue };
  },
  expected: { state: "completed", isTrue: [true, true, true] },
  once: KEYS,
};
