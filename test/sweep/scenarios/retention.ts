/**
 * Workflows that are deleted a while after their end, with their children, their steps, what
 * they were given and what their end left behind; beside them one that is kept.
 */
import { v } from "convex/values";
import { LEFTOVERS_INLINE } from "../../../src/shared/constants.js";
import { buildApp, ref, workflowRef } from "../app.js";
import { effects, endings } from "../judge.js";
import type { Play, Scenario } from "../play.js";

const RETENTION_MS = 60_000;
/** Waits that are left behind: more than the end removes in its own transaction. */
const UNHEARD = LEFTOVERS_INLINE + 4;
const TABLES = ["workflows", "steps", "payloads", "eventWaiters", "mailboxes", "timers"];

const { source, executor } = buildApp({}, (executor) => {
  const define = (retentionMs?: number) =>
    executor
      .define({ args: { key: v.string() }, retentionMs })
      .handler(async (step, { key }) => {
        await step.runMutation(ref<"mutation">("charge"), { key });
        const unheard = retentionMs === undefined ? 0 : UNHEARD;
        return await Promise.race([
          step.runWorkflow(workflowRef("child"), { key }),
          ...Array.from({ length: unheard }, async (_, n) =>
            step.awaitEvent({ name: `e${n}` }),
          ),
        ]);
      });
  return {
    gone: define(RETENTION_MS),
    kept: define(),
    child: executor
      .define({ args: { key: v.string() } })
      .handler(async (step, { key }) => await step.run("grow", () => `${key} grown`)),
  };
});

export const retention: Scenario = {
  name: "retention",
  app: source,
  begin: async (play) => {
    await play.inMutation(async (ctx) => {
      for (const key of ["a", "b"])
        await executor.start(ctx, workflowRef("gone"), { key }, { key });
      await executor.start(ctx, workflowRef("kept"), { key: "c" }, { key: "c" });
    });
  },
  facts: (play) => ({
    endings: endings(play),
    effects: effects(play),
    rows: countRows(play),
  }),
  expected: {
    endings: [
      { name: "c", state: "completed", result: "c grown" },
      { name: "c/1", state: "completed", result: "c grown" },
    ],
    effects: ["a", "b", "c"],
    rows: {
      workflows: 2,
      steps: 3,
      payloads: 4,
      eventWaiters: 0,
      mailboxes: 0,
      timers: 0,
    },
  },
};

function countRows(play: Play): Record<string, number> {
  return Object.fromEntries(TABLES.map((table) => [table, play.rows(table).length]));
}
