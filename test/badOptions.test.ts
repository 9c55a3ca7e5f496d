/** Absurd options: refused by name, with what they are and what they may be. */
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import type { ActionStepOptions, ExecutorOptions } from "../src/client/index.js";
import { Executor } from "../src/client/index.js";
import { RETRY_BACKOFF_MS_MAX, SLEEP_MS_MAX } from "../src/shared/constants.js";
import { ref, TestApp } from "./harness/app.js";
import { catchRefusal } from "./harness/refusal.js";

const MINUTE_MS = 60_000;

async function refuseOptions(options: object) {
  const all = { entry: {}, ...options } as unknown as ExecutorOptions;
  return await catchRefusal(() => new Executor({} as never, all));
}

describe("options of an executor", () => {
  const bounded: [keyof ExecutorOptions, number, number][] = [
    ["shards", 1, 1_000],
    ["slotsPerShard", 1, 1_000],
    ["seats", 1, 100],
    ["lifetimeMs", 0, 30 * MINUTE_MS],
    ["drainMs", 0, 12 * MINUTE_MS],
    ["idleMs", 0, 30 * MINUTE_MS],
  ];

  test.each(bounded)("%s has a range from %d to %d", async (option, min, max) => {
    for (const value of [min - 1, max + 1, Number.NaN, Infinity, -Infinity, "5", null]) {
      const refusal = await refuseOptions({ [option]: value });

      expect(refusal).toMatchObject({ code: "INVALID_OPTIONS", option, min, max });
      expect(refusal.message).toBe(
        `${option} is ${String(value)}; it must be a number from ${min} to ${max}.`,
      );
    }
  });

  test.each(["shards", "slotsPerShard", "seats"])("%s is whole", async (option) => {
    const refusal = await refuseOptions({ [option]: 1.5 });

    expect(refusal).toMatchObject({ code: "INVALID_OPTIONS", option, actual: "1.5" });
  });

  test("a drain that outlasts the platform with its lifetime is refused", async () => {
    const refusal = await refuseOptions({ lifetimeMs: 29 * MINUTE_MS });

    expect(refusal).toMatchObject({ code: "INVALID_OPTIONS", option: "drainMs" });
  });

  test("more seats than the deployment's class carries refuse the first start", async () => {
    const deployment = { class: "s16" } as const;
    const app = new TestApp({ shards: 3, seats: 3, deployment }, (executor) => ({
      main: executor.define({}).handler(async () => null),
    }));

    const refusal = await catchRefusal(async () => await app.start("main"));

    expect(refusal).toMatchObject({ code: "INVALID_OPTIONS", option: "seats", limit: 2 });
    expect(refusal.message).toContain("class s16");
    expect(await app.rows("workflows")).toEqual([]);
  });

  test.each(retryFaults())("a default retry of %j is refused", async (retry, option) => {
    expect(await refuseOptions({ retry })).toMatchObject({
      code: "INVALID_OPTIONS",
      option,
    });
  });
});

describe("options of a step", () => {
  async function refuseStep(options: object, args: unknown = {}) {
    const app = createStepApp();
    const id = await app.start("action", { options, args });
    await app.run();
    const status = await app.status(id);
    expect(status).toMatchObject({ state: "completed" });
    expect(await app.rows("steps")).toEqual([]);
    return (status.result as { caught: Record<string, unknown> }).caught;
  }

  test.each(retryFaults())("a retry of %j is refused", async (retry, option) => {
    expect(await refuseStep({ retry })).toMatchObject({
      code: "INVALID_OPTIONS",
      option,
    });
  });

  test.each([0, -1, 300_001, "10"])(
    "a timeout of %j milliseconds is refused",
    async (timeoutMs) => {
      expect(await refuseStep({ timeoutMs })).toMatchObject({
        code: "INVALID_OPTIONS",
        option: "timeoutMs",
        message: `timeoutMs is ${timeoutMs}; it must be a number from 1 to 300000.`,
      });
    },
  );

  test.each([-1, Number.NaN, SLEEP_MS_MAX + 1, "10"])(
    "a start after %j milliseconds is refused",
    async (runAfter) => {
      expect(await refuseStep({ runAfter })).toMatchObject({
        code: "INVALID_OPTIONS",
        option: "runAfter",
      });
    },
  );

  test.each([Number.NaN, Infinity, "tomorrow", null])(
    "a start at %j is refused",
    async (runAt) => {
      expect(await refuseStep({ runAt })).toMatchObject({
        code: "INVALID_OPTIONS",
        option: "runAt",
      });
    },
  );

  test("a start more than a year from now is refused", async () => {
    expect(await refuseStep({ runAt: 1e15 })).toMatchObject({
      code: "INVALID_OPTIONS",
      limit: SLEEP_MS_MAX,
    });
  });

  test("a start that is given twice is refused", async () => {
    expect(await refuseStep({ runAt: 1, runAfter: 1 })).toMatchObject({
      code: "INVALID_OPTIONS",
      option: "runAt",
    });
  });

  test.each(["", "x".repeat(513), 7])("a name of %j is refused", async (name) => {
    expect(await refuseStep({ name })).toMatchObject({
      code: "INVALID_OPTIONS",
      option: "name",
    });
  });

  test.each([
    { timeoutMs: 1_000 },
    { gate: { key: "anthropic", rate: 1 } },
    { retry: { maxAttempts: 20 } },
  ])("an isolated step takes no %j: the pool has rules of its own", async (options) => {
    expect(await refuseStep({ isolated: true, ...options })).toMatchObject({
      code: "INVALID_OPTIONS",
      option: Object.keys(options)[0],
    });
  });

  test("inline code that is no function is refused", async () => {
    const app = new TestApp({}, (executor) => ({
      main: executor
        .define({})
        .handler(
          async (step) =>
            await step
              .run("x", "not a function" as never)
              .catch((error: { data?: unknown }) => error.data),
        ),
    }));

    const id = await app.start("main");
    await app.run();

    expect((await app.status(id)).result).toMatchObject({
      code: "INVALID_OPTIONS",
      option: "body",
    });
  });
});

describe("a sleep", () => {
  test.each([-1, Number.NaN, Infinity, SLEEP_MS_MAX + 1])(
    "of %s ms is refused",
    async (ms) => {
      const app = createStepApp();
      const millis = String(ms);

      const id = await app.start("sleep", { millis });
      await app.run();

      expect((await app.status(id)).result).toMatchObject({
        code: "INVALID_OPTIONS",
        message: `sleep's durationMs is ${millis}; it must be a number from 0 to ${SLEEP_MS_MAX}.`,
      });
    },
  );

  test("of no time is over at once", async () => {
    const app = createStepApp();

    const id = await app.start("sleep", { millis: "0" });
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: null });
  });
});

describe("limits of pages", () => {
  test.each([0, -1, 1.5, 501])("a page of %s rows is refused", async (limit) => {
    const app = createStepApp();
    const id = await app.start("sleep", { millis: "0" });
    const { reader: ctx } = app;

    const list = await catchRefusal(async () => await app.executor.list(ctx, { limit }));
    const steps = await catchRefusal(
      async () => await app.executor.listSteps(ctx, { workflow: id, limit }),
    );
    await app.run();

    for (const refusal of [list, steps])
      expect(refusal).toMatchObject({ code: "INVALID_OPTIONS", option: "limit" });
  });

  test.each(["failPendingTasks", "clearTaskQueue", "clearReplayQueue", "unpark"])(
    "%s refuses an absurd limit",
    async (name) => {
      const app = createStepApp();

      for (const limit of [0, -1, 1.5, Infinity, 1_000_001]) {
        const refusal = await catchRefusal(
          async () => await app.operate(name, { limit }),
        );
        expect(refusal).toMatchObject({ code: "INVALID_OPTIONS", option: "limit" });
      }
    },
  );

  test.each([-1, 1.5, 1_001])("diagnose refuses fromShard %s", async (fromShard) => {
    const app = createStepApp();

    const refusal = await catchRefusal(
      async () => await app.operate("diagnose", { fromShard }),
    );

    expect(refusal).toMatchObject({ code: "INVALID_OPTIONS", option: "fromShard" });
  });
});

function createStepApp() {
  return new TestApp({}, (executor) => ({
    action: executor
      .define({ args: { options: v.any(), args: v.any() } })
      .handler(
        async (step, { options }) =>
          await step
            .runAction(ref<"action">("absent"), {}, options as ActionStepOptions)
            .catch((error: { data?: unknown }) => ({ caught: error.data })),
      ),
    sleep: executor
      .define({ args: { millis: v.string() } })
      .handler(
        async (step, { millis }) =>
          await step
            .sleep(Number(millis))
            .catch((error: { data?: unknown }) => error.data),
      ),
  }));
}

/** Retry options, and the option that their error names. */
function retryFaults(): [unknown, string][] {
  return [
    [{ maxAttempts: 0 }, "retry.maxAttempts"],
    [{ maxAttempts: 1.5 }, "retry.maxAttempts"],
    [{ maxAttempts: 1_001 }, "retry.maxAttempts"],
    [{ initialBackoffMs: -1 }, "retry.initialBackoffMs"],
    [{ maxBackoffMs: RETRY_BACKOFF_MS_MAX + 1 }, "retry.maxBackoffMs"],
    [{ base: 0.5 }, "retry.base"],
    [null, "retry"],
    ["yes", "retry"],
    [3, "retry"],
  ];
}
