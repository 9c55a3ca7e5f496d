/** Workflow timeouts: the same way as a cancel, with another outcome (P11). */
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { isCanceled } from "../src/client/index.js";
import { MINUTE } from "../src/shared/constants.js";
import { TestApp } from "./harness/app.js";
import { delay } from "./harness/work.js";

const HOUR = 60 * MINUTE;

function createApp() {
  const seen: { code?: string; isCanceled: boolean }[] = [];
  const app = new TestApp({ shards: 1, seats: 1 }, (executor) => ({
    slow: executor
      .define({ args: { ms: v.number() }, timeoutMs: 5_000 })
      .handler(async (step, { ms }) => {
        try {
          await step.sleep(ms);
          return "in time";
        } catch (error) {
          const { code } = error as { code?: string };
          seen.push({ ...(code ? { code } : {}), isCanceled: isCanceled(error) });
          throw error;
        } finally {
          await step.run("clean up", () => null);
        }
      }),
    stubborn: executor
      .define({ timeoutMs: 5_000, graceMs: 3_000 })
      .handler(async (step) => {
        for (let round = 0; round < 1_000; round += 1)
          await step.sleep(1_000).catch(() => undefined);
      }),
  }));
  return { app, seen };
}

const TIMED_OUT = { state: "failed", error: { code: "WORKFLOW_TIMEOUT" } };

describe("a workflow with a timeout", () => {
  test("that ends in time leaves no timer behind, and costs no wake", async () => {
    const { app } = createApp();
    const id = await app.start("slow", { ms: 10 });
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
    expect(await app.rows("timers")).toEqual([]);
    expect(app.faults.incarnations).toHaveLength(1);
  });

  test("fails at it, counted from its start, and cleans up", async () => {
    const { app, seen } = createApp();
    const startedAt = app.now();
    const id = await app.start("slow", { ms: 60_000 });
    await app.runUntil(async () => (await app.status(id)).state === "failed");

    expect(app.now() - startedAt).toBeGreaterThanOrEqual(5_000);
    expect(app.now() - startedAt).toBeLessThan(20_000);
    expect(await app.status(id)).toMatchObject(TIMED_OUT);
    expect(seen).toMatchObject([{ code: "WORKFLOW_TIMEOUT", isCanceled: true }]);
    await app.run();
  });

  test("wakes an idle seat for it: a cold one fails too", async () => {
    const { app } = createApp();
    const id = await app.start("slow", { ms: 60 * 60_000 }, { timeoutMs: 20 * 60_000 });
    const startedAt = app.now();
    await app.runUntil(async () => (await app.status(id)).state === "failed");

    expect(app.now() - startedAt).toBeLessThan(21 * 60_000);
    await app.run();
    expect(await app.rows("timers")).toEqual([]);
  });

  test("that never began fails at once", async () => {
    const { app, seen } = createApp();
    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();
    await app.operate("bumpEpoch");
    const id = await app.start("slow", { ms: 1 });
    await app.runFor(6_000);
    await app.operate("startExecutors");
    await app.run();

    expect(await app.status(id)).toMatchObject(TIMED_OUT);
    expect(seen).toEqual([]);
    expect(await app.steps(id)).toMatchObject({ page: [] });
  });

  test.each(["agenda", "fireTimers"])(
    "that nobody had while its time ran out begins no more, though %s is slow",
    async (call) => {
      const { app } = createApp();
      await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
      await app.run();
      await app.operate("bumpEpoch");
      const id = await app.start("slow", { ms: 1 });
      const other = await app.start("slow", { ms: 1 }, { timeoutMs: HOUR });
      await app.runFor(6_000);
      app.faults.once("before", `executor:${call}`, async () => await delay(3_000));
      await app.operate("startExecutors");
      await app.run();

      expect(await app.status(id)).toMatchObject(TIMED_OUT);
      expect(await app.status(other)).toMatchObject({ state: "completed" });
    },
  );

  test.each(["agenda", "fireTimers"])(
    "whose executor died before it is told of it before it goes on, though %s is slow",
    async (call) => {
      const { app, seen } = createApp();
      const id = await app.start("slow", { ms: 4_000 });
      await app.runFor(1_000);
      await app.crash();
      await app.runFor(5_000);
      app.faults.once("before", `executor:${call}`, async () => await delay(3_000));
      await app.operate("startExecutors");
      await app.run();

      expect(await app.status(id)).toMatchObject(TIMED_OUT);
      expect(seen).toMatchObject([{ code: "WORKFLOW_TIMEOUT", isCanceled: true }]);
      const rows = (await app.steps(id)).page;
      expect(rows.map(({ name }) => name)).toEqual(["sleep", "clean up"]);
    },
  );

  test("that goes on after it ends at the deadline, as timed out", async () => {
    const { app } = createApp();
    const id = await app.start("stubborn");
    await app.run();

    expect(await app.status(id)).toMatchObject(TIMED_OUT);
  });

  test("has it anew when it is restarted", async () => {
    const { app } = createApp();
    const id = await app.start("slow", { ms: 60_000 });
    await app.runFor(1_000);
    await app.inMutation(async (ctx) => app.executor.restart(ctx, id));
    const restartedAt = app.now();
    await app.runUntil(async () => (await app.status(id)).state === "failed");

    expect(app.now() - restartedAt).toBeGreaterThanOrEqual(5_000);
    await app.run();
    expect(await app.rows("timers")).toEqual([]);
  });

  test.each([0, 999, 1e12])("refuses %d ms", async (timeoutMs) => {
    const { app } = createApp();

    await expect(app.start("slow", { ms: 1 }, { timeoutMs })).rejects.toMatchObject({
      data: { code: "INVALID_OPTIONS", option: "timeoutMs" },
    });
  });
});
