/**
 * Every operator's function can be called with `{}`, as from the dashboard, at any moment:
 * no invariant breaks, and no workflow is left unfinished.
 */
import { describe, expect, test } from "vitest";
import { TestApp, ref, workflowRef } from "./harness/app.js";
import { mutationGeneric } from "convex/server";

const OPERATORS: [name: string, args: Record<string, unknown>][] = [
  ["startExecutors", {}],
  ["bumpEpoch", {}],
  ["bumpEpoch", { restart: true }],
  ["failPendingTasks", {}],
  ["failPendingTasks", { includeRunning: true }],
  ["clearTaskQueue", {}],
  ["clearReplayQueue", {}],
  ["unpark", {}],
  ["cancelAll", {}],
  ["cancelAll", { definition: "app:child" }],
  ["restartAll", { state: "completed" }],
  ["restartAll", { fromFailure: true }],
  ["cleanupAll", {}],
  ["retryOutbox", {}],
  ["audit", {}],
  ["diagnose", {}],
];

/** Calls of executors before which the operator steps in: from the first scan to late commits. */
const MOMENTS = [1, 2, 3, 5, 8, 13, 21, 34];

function createApp() {
  const app = new TestApp({ slotsPerShard: 2 }, (executor) => ({
    note: mutationGeneric({ handler: async () => "noted" }),
    child: executor
      .define({})
      .handler(async (step) => await step.run("child", () => "grown")),
    main: executor.define({}).handler(async (step) => {
      const both = await Promise.allSettled([
        step.runMutation(ref<"mutation">("note"), {}),
        step.runWorkflow(workflowRef("child"), {}),
        step.sleep(500),
      ]);
      await step.run("last", async () => {
        await new Promise((resolve) => setTimeout(resolve, 200));
      });
      return both.map(({ status }) => status);
    }),
  }));
  return app;
}

describe("an operator's function", () => {
  const cases = OPERATORS.flatMap(([name, args]) =>
    MOMENTS.map((moment) => [name, args, moment] as const),
  );

  test.each(cases)(
    "%s(%j) before call %d keeps every invariant",
    async (name, args, at) => {
      const app = createApp();
      let calls = 0;
      let violations: unknown[] | null = null;
      app.faults.onCall = async () => {
        calls += 1;
        if (calls !== at) return;
        await app.operate(name, args);
        violations = await app.audit();
      };
      await app.startMany(
        "main",
        Array.from({ length: 6 }, () => ({ args: {} })),
      );

      await app.run();
      await app.operate("startExecutors");
      await app.run();

      expect(violations).toEqual([]);
      const states = (await app.rows<{ state: string }>("workflows")).map(
        (row) => row.state,
      );
      expect(
        states.filter((state) => state === "pending" || state === "running"),
      ).toEqual([]);
      expect(await app.rows("claims")).toEqual([]);
      expect(await app.rows("heartbeats")).toEqual([]);
    },
  );
});
