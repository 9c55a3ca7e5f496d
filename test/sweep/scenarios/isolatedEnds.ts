/**
 * Steps on the workpool whose workflow ends before them, is restarted while they run, or
 * times out: the pool's late answers find nobody, and nothing runs twice in a generation.
 */
import { buildApp, ENTRY, ref, workflowRef } from "../app.js";
import { endings, type Ending } from "../judge.js";
import type { Scenario } from "../play.js";

const ISOLATED = { isolated: true } as const;
const SLOW_MS = 6_000;

const { source, executor } = buildApp({}, (executor) => {
  const define = (key: string, timeoutMs?: number) =>
    executor
      .define({ ...(timeoutMs === undefined ? {} : { timeoutMs }) })
      .handler(async (step) => {
        const args = { key, ms: SLOW_MS };
        return await step
          .runAction(ref<"action">("remote"), args, ISOLATED)
          .catch((error: Error & { code?: string }) => {
            if (error.code !== undefined) throw error; // the workflow is ended
            return "lost";
          });
      });
  return {
    canceled: define("canceled"),
    late: define("late", SLOW_MS / 2),
    again: define("again"),
  };
});

export const isolatedEnds: Scenario = {
  name: "ends of isolated steps",
  app: source,
  crashed: [ENTRY, "executor/workpool/worker:runBatch", "app:remote"],
  begin: async (play) => {
    const [canceled, , again] = await play.inMutation(async (ctx) => [
      await executor.start(ctx, workflowRef("canceled"), {}, { key: "canceled" }),
      await executor.start(ctx, workflowRef("late"), {}, { key: "late" }),
      await executor.start(ctx, workflowRef("again"), {}, { key: "again" }),
    ]);
    play.after(1_000, async () =>
      play.inMutation(async (ctx) => executor.cancel(ctx, canceled!, "by the scenario")),
    );
    play.after(1_500, async () =>
      play.inMutation(async (ctx) => executor.restart(ctx, again!)),
    );
  },
  facts: (play) => {
    const [again, canceled, late] = endings(play);
    const isTrue = isItsOwn(again!.result, play.ledger);
    const ended =
      isEnded(canceled!, "by the scenario") && isEnded(late!, "WORKFLOW_TIMEOUT");
    return { ended, again: again!.state, isTrue };
  },
  expected: {
    ended: true,
    again: "completed",
    isTrue: true,
  },
  once: ["canceled", "late"],
};

/** Whether a workflow was ended; its step may have been lost before that. */
function isEnded({ error, result }: Ending, by: string): boolean {
  return error === by || result === "lost";
}

/** Whether the restarted step did what it says, and no more often than generations asked. */
function isItsOwn(result: unknown, ledger: { count: (key: string) => number }): boolean {
  const count = ledger.count("again");
  return count <= 2 && (result === "lost" || (result === "again" && count >= 1));
}
