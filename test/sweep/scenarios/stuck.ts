/**
 * An executor that makes no call for minutes while its job is in progress: its seat is taken
 * from it, and a successor does its work. It comes back while that goes on, with a result
 * to record and a mutation to run, and neither counts. Nor has it heard that a workflow of its
 * was canceled meanwhile.
 */
import { buildApp, ref, workflowRef, type ActionCtx } from "../app.js";
import { effects, endings } from "../judge.js";
import { ledger } from "../ledger.js";
import type { Scenario } from "../play.js";

/** Milliseconds after its beginning at which the first executor gets stuck. */
const STUCK_AT_MS = 1_000;
const CANCEL_AT_MS = 20_000;
const REASON = "by the scenario";
/** More than the watchdog takes to fence it. */
const STUCK_MS = 200_000;
/** So long that the successor is at it when its predecessor comes back. */
const LONG_MS = 90_000;

/** Runs of which an executor has been stuck: one of each is. */
const runs = new WeakSet<object>();

const { source, executor } = buildApp(
  { shards: 1, seats: 1, slotsPerShard: 1 },
  (executor) => ({
    main: executor.define({}).handler(async (step) => {
      const work = { key: "work", ms: 2 * STUCK_AT_MS };
      const both = await Promise.all([
        step.runAction(ref<"action">("work"), work),
        // Waits for the slot, and so begins while its executor is stuck.
        step.runMutation(ref<"mutation">("charge"), { key: "both" }),
      ]);
      await step.runAction(ref<"action">("work"), { key: "long", ms: LONG_MS });
      await step.runMutation(ref<"mutation">("charge"), { key: "after" });
      return both;
    }),
    canceled: executor.define({}).handler(async (step) => await step.sleep(STUCK_MS)),
  }),
  holdCalls,
);

export const stuck: Scenario = {
  name: "an executor that is stuck",
  app: source,
  begin: async (play) => {
    const start = async (key: string) =>
      play.inMutation(async (ctx) => executor.start(ctx, workflowRef(key), {}, { key }));
    const canceled = await start("canceled");
    await start("main");
    play.after(CANCEL_AT_MS, async () =>
      play.inMutation(async (ctx) => executor.cancel(ctx, canceled, REASON)),
    );
  },
  facts: (play) => ({ endings: endings(play), effects: effects(play) }),
  expected: {
    endings: [
      { name: "canceled", state: "canceled", error: REASON },
      { name: "main", state: "completed", result: ["work", "both"] },
    ],
    effects: ["after", "both"],
  },
};

/** Holds the calls of a run's first executor back for as long as it is stuck. */
function holdCalls(ctx: ActionCtx): ActionCtx {
  if (runs.has(ledger())) return ctx;
  runs.add(ledger());
  const stuckAt = Date.now() + STUCK_AT_MS;
  const hold =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      const leftMs = stuckAt + STUCK_MS - Date.now();
      if (leftMs > 0 && leftMs < STUCK_MS)
        await new Promise<void>((resolve) => setTimeout(resolve, leftMs));
      return await call(...args);
    };
  return { ...ctx, runQuery: hold(ctx.runQuery), runMutation: hold(ctx.runMutation) };
}
