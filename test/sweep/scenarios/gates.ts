/**
 * A gate that two executors share: two at a time, five a second, passed by steps of many
 * workflows. It is closed for a while by what one of them is answered.
 */
import { v } from "convex/values";
import { buildApp, ref, startAll } from "../app.js";
import { endings } from "../judge.js";
import type { Scenario } from "../play.js";

const KEYS = ["a", "b", "c", "d", "e", "f"];
const CONCURRENCY = 2;

const { source, executor } = buildApp({}, (executor) => {
  const gate = executor.gate("provider", {
    rate: 5,
    per: 1_000,
    concurrency: CONCURRENCY,
  });
  return {
    main: executor
      .define({ args: { key: v.string() } })
      .handler(async (step, { key }) => {
        const failing = key === "b" ? { failures: 1, retryAfterMs: 1_500 } : {};
        const args = { key, ms: 250, ...failing };
        return await step.runAction(ref<"action">("work"), args, { gate, retry: true });
      }),
  };
});

export const gates: Scenario = {
  name: "gates",
  app: source,
  begin: startAll(executor, KEYS),
  facts: (play) => ({
    endings: endings(play),
    isShared:
      (play.convex.faults.counts.crash ?? 0) > 0 ||
      play.ledger.concurrencyMax <= CONCURRENCY,
  }),
  expected: {
    endings: KEYS.map((key) => ({ name: key, state: "completed", result: key })),
    isShared: true,
  },
};
