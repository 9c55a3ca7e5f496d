/**
 * Isolated steps: the pool hears of what becomes of their workflow, tries again as asked, and
 * what it answers too late is ignored (P2, P11).
 */
import { actionGeneric } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import type { ActionStepOptions, StepContext, WorkflowId } from "../src/client/index.js";
import { MINUTE } from "../src/shared/constants.js";
import { ref, TestApp } from "./harness/app.js";
import { delay } from "./harness/work.js";

const POOL = "executor/workpool";

type Handler = (step: StepContext) => Promise<unknown>;

/** An app whose `far` action takes three minutes, unless it is told to fail. */
function createApp(handler: Handler) {
  const begun: number[] = [];
  const ended: number[] = [];
  const app = new TestApp({ shards: 1, seats: 1 }, (executor) => ({
    far: actionGeneric({
      args: { failures: v.optional(v.number()) },
      handler: async (_ctx, { failures = 0 }) => {
        begun.push(app.now());
        const nth = begun.length;
        if (nth <= (failures as number)) throw new Error(`attempt ${nth} fails`);
        await delay(3 * MINUTE);
        ended.push(app.now());
        return nth;
      },
    }),
    main: executor.define({ returns: v.any() }).handler(handler),
  }));
  return { app, begun, ended };
}

async function far(step: StepContext, options: ActionStepOptions = {}): Promise<unknown> {
  return await step.runAction(ref<"action">("far"), {}, { isolated: true, ...options });
}

/** Starts the workflow, and waits until its action runs in the pool. */
async function startRunning(app: TestApp, begun: readonly number[]): Promise<WorkflowId> {
  const id = await app.start("main");
  await app.runUntil(() => begun.length === 1);
  return id;
}

/** What the pool still has to do. */
async function poolWork(app: TestApp): Promise<unknown[]> {
  return await app.rows("work", POOL);
}

async function outcomes(app: TestApp, id: WorkflowId): Promise<unknown[]> {
  return (await app.steps(id)).page.map(({ outcome }) =>
    outcome?.kind === "failed" ? outcome.error.code : outcome?.value,
  );
}

describe("a cancel of the workflow", () => {
  test("cancels what the pool has not begun", async () => {
    const { app, begun } = createApp(
      async (step) => await far(step, { runAfter: 60 * MINUTE }),
    );
    const id = await app.start("main");
    await app.runUntil(async () => (await poolWork(app)).length === 1);

    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id));
    await app.run();

    expect((await app.status(id)).state).toBe("canceled");
    expect(await poolWork(app)).toEqual([]);
    expect(begun).toEqual([]);
    expect(app.now()).toBeLessThan(Date.UTC(2026, 0, 1) + 30 * MINUTE);
  });

  test("keeps the pool from trying again", async () => {
    const { app, begun } = createApp(async (step) => {
      const retry = { maxAttempts: 5, initialBackoffMs: 10_000, base: 1 };
      await step.runAction(
        ref<"action">("far"),
        { failures: 9 },
        { isolated: true, retry },
      );
    });
    const id = await startRunning(app, begun);
    await app.runFor(1_000);

    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id));
    await app.run();

    expect(begun).toHaveLength(1);
    expect(await poolWork(app)).toEqual([]);
  });
});

describe("an answer of the pool that comes too late", () => {
  test("after a cancel changes nothing: the step has failed with it", async () => {
    const { app, begun, ended } = createApp(async (step) => {
      const code = await far(step).catch((error: { code?: string }) => error.code);
      await step.sleep(4 * MINUTE);
      return code;
    });
    const id = await startRunning(app, begun);

    await app.inMutation(async (ctx) =>
      app.executor.cancel(ctx, id, { graceMs: 5 * MINUTE }),
    );
    await app.runUntil(() => ended.length === 1);
    await app.runFor(5_000);

    expect(await poolWork(app)).toEqual([]);
    expect(await outcomes(app, id)).toEqual(["CANCELED", undefined]);
    await app.run();
    expect((await app.status(id)).state).toBe("canceled");
  });

  test("after the end changes nothing of it", async () => {
    const { app, begun, ended } = createApp(
      async (step) =>
        await Promise.race([far(step), step.sleep(1_000).then(() => "first")]),
    );
    const id = await startRunning(app, begun);
    await app.runUntil(async () => (await app.status(id)).state === "completed");
    const [before] = await app.rows("workflows");

    await app.run();

    expect(ended).toHaveLength(1);
    expect(await app.rows("workflows")).toEqual([before]);
    expect(await outcomes(app, id)).toEqual(["CANCELED", null]);
    expect(await app.rows("replayQueue")).toEqual([]);
  });

  test("after a restart does not settle the same step of the next generation", async () => {
    const { app, begun, ended } = createApp(async (step) => await far(step));
    const id = await startRunning(app, begun);
    await app.runFor(MINUTE / 2);

    await app.inMutation(async (ctx) => app.executor.restart(ctx, id));
    await app.runUntil(() => ended.length === 1);
    await app.runFor(5_000);
    expect(await outcomes(app, id)).toEqual([undefined]);
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: 2 });
    expect(ended).toHaveLength(2);
  });

  test("after a cleanup finds nothing, and leaves nothing", async () => {
    const { app, begun, ended } = createApp(async (step) => await far(step));
    const id = await startRunning(app, begun);

    await app.inMutation(async (ctx) => {
      await app.executor.cancel(ctx, id, { force: true });
      await app.executor.cleanup(ctx, id);
    });
    await app.runUntil(async () => (await app.rows("workflows")).length === 0);
    expect(ended).toEqual([]);
    await app.run();

    expect(ended).toHaveLength(1);
    for (const table of ["workflows", "steps", "payloads", "replayQueue", "timers"])
      expect([table, await app.rows(table)]).toEqual([table, []]);
    expect(await poolWork(app)).toEqual([]);
  });
});

describe("retry", () => {
  test("has the pool try again, and answers what the last attempt did", async () => {
    const { app, begun } = createApp(
      async (step) =>
        await step.runAction(
          ref<"action">("far"),
          { failures: 2 },
          { isolated: true, retry: true },
        ),
    );
    const id = await app.start("main");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: 3 });
    expect(begun).toHaveLength(3);
  });
});
