/**
 * A gate whose limits an operator changes while workflows wait there: it is paused, narrowed,
 * opened again, and given back to the code, which lets everybody pass.
 */
import { v } from "convex/values";
import { buildApp, ref, startAll } from "../app.js";
import { endings } from "../judge.js";
import type { Play, Scenario } from "../play.js";

const KEYS = ["a", "b", "c", "d", "e"];
const KEY = "provider";
const CONCURRENCY = 2;
const STEP_MS = 400;
/** When it is done to the gate, in milliseconds. */
const CHANGES = [
  [500, "pause", {}],
  [1_500, "set", { concurrency: 1, rate: null }],
  [2_500, "resume", {}],
  [4_000, "clear", {}],
] as const;

const { source, executor } = buildApp({ slotsPerShard: 4 }, (executor) => {
  const gate = executor.gate(KEY, { concurrency: CONCURRENCY });
  return {
    main: executor
      .define({ args: { key: v.string() } })
      .handler(async (step, { key }) => {
        const work = { key, ms: STEP_MS };
        return await step.runAction(ref<"action">("work"), work, { gate });
      }),
  };
});

export const gateLimits: Scenario = {
  name: "limits of a gate",
  app: source,
  begin: async (play) => {
    await startAll(executor, KEYS)(play);
    for (const [ms, name, limits] of CHANGES)
      play.after(ms, async () => play.operate(name, { key: KEY, ...limits }, "gates"));
  },
  facts: (play) => ({
    endings: endings(play),
    limits: play.rows<Row>("gates").map(({ paused, override }) => ({ paused, override })),
    isShared: isShared(play),
  }),
  expected: {
    endings: KEYS.map((key) => ({ name: key, state: "completed", result: key })),
    limits: [{ paused: false, override: undefined }],
    isShared: true,
  },
};

interface Row {
  readonly paused: boolean;
  readonly override?: object;
}

/** One that crashed never gives its place back, as the ledger counts. */
function isShared({ convex, ledger }: Play): boolean {
  const hasCrashed = (convex.faults.counts.crash ?? 0) > 0;
  return hasCrashed || ledger.concurrencyMax <= CONCURRENCY;
}
