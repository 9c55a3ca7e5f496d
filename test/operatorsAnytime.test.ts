/**
 * Every operator's function can be called with `{}`, as from the dashboard, at any moment:
 * no invariant breaks, and no workflow is left unfinished.
 */
import { mutationGeneric } from "convex/server";
import { describe, expect, test } from "vitest";
import { Random } from "../sim/clock/random.js";
import { TestApp, ref, workflowRef } from "./harness/app.js";

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

/** Of the moments; `OPERATORS_SEED=2 npx vitest run test/operatorsAnytime` draws others. */
const SEED = Number(process.env.OPERATORS_SEED ?? 1);
const MOMENTS_DRAWN = 8;
/** Calls that executors make at least in a run of the app, from the first scan to late commits. */
const MOMENTS_MAX = 40;

/** Draws the calls of executors before which an operator steps in. */
function drawMoments(operator: string): number[] {
  const random = new Random(SEED).fork(operator);
  const drawn = Array.from({ length: MOMENTS_DRAWN }, () =>
    random.integer(1, MOMENTS_MAX),
  );
  return [...new Set(drawn)].sort((a, b) => a - b);
}

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

describe(`an operator's function, OPERATORS_SEED=${SEED}`, () => {
  const cases = OPERATORS.flatMap(([name, args]) =>
    drawMoments(`${name}${JSON.stringify(args)}`).map(
      (moment) => [name, args, moment] as const,
    ),
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
