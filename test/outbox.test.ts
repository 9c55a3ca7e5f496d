/** The outbox: `onComplete` exactly once per generation, whatever goes wrong (P6, I6). */
import { internalMutationGeneric, mutationGeneric } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import {
  vOnCompleteArgs,
  type StartOptions,
  type WorkflowId,
} from "../src/client/index.js";
import { DAY, OUTBOX_ATTEMPTS } from "../src/shared/constants.js";
import { defineSchema, defineTable } from "convex/server";
import { delay } from "./harness/work.js";
import { ref, TestApp, type AppOptions } from "./harness/app.js";

type Told = { workflowId: string; result: { kind: string }; context?: unknown };

const schema = defineSchema({ told: defineTable(v.any()) });

/** Callbacks that throw while this says so, by the context they are given. */
function createApp(options: AppOptions = {}) {
  let broken: (context: unknown) => boolean = () => false;
  let calls = 0;
  const app = new TestApp({ schema, shards: 1, seats: 1, ...options }, (executor) => ({
    done: internalMutationGeneric({
      args: vOnCompleteArgs(),
      handler: async (ctx, args) => {
        calls += 1;
        await ctx.db.insert("told", args);
        if (broken(args.context)) throw new Error("The callback is broken");
      },
    }),
    strict: mutationGeneric({
      args: vOnCompleteArgs(v.object({ batch: v.string() })),
      handler: async (ctx, args) => void (await ctx.db.insert("told", args)),
    }),
    quick: executor
      .define({ args: { text: v.string() } })
      .handler(async (step, { text }) => await step.run("quick", () => text)),
    failing: executor.define({}).handler(async () => {
      await Promise.resolve();
      throw new Error("no bread");
    }),
    long: executor.define({}).handler(async (step) => await step.sleep(60_000)),
  }));
  const told = async () => await app.rows<Told>("told", "");
  const start = async (name: string, args: object, more: StartOptions = {}) =>
    await app.start(name, args, { onComplete: ref<"mutation">("done"), ...more });
  const setBroken = (next: typeof broken) => (broken = next);
  return { app, told, start, setBroken, countCalls: () => calls };
}

describe("onComplete", () => {
  test("is told what the workflow returned, and its context", async () => {
    const { app, told, start } = createApp();

    const workflowId = await start("quick", { text: "hi" }, { context: { batch: "7" } });
    await app.run();

    const result = { kind: "success", returnValue: "hi" };
    expect(await told()).toMatchObject([{ workflowId, result, context: { batch: "7" } }]);
    expect(await app.rows("outbox")).toEqual([]);
  });

  test("is told at once by the executor that ended its workflow, and asked for no oftener", async () => {
    const { app, told } = createApp({ slotsPerShard: 1 });
    app.exports = {
      ...app.exports,
      second: app.executor
        .define({})
        .handler(async (step) => await step.run("second", async () => delay(1_000))),
    };
    const onComplete = ref<"mutation">("done");
    await app.startMany(
      "second",
      Array.from({ length: 20 }, () => ({ args: {}, onComplete })),
    );
    await app.runUntil(async () => (await told()).length === 1);
    const [first] = await app.rows<{ finishedAt: number }>("workflows");
    expect(app.now() - first!.finishedAt).toBeLessThan(100);

    const asked = app.faults.count("executor:agenda");
    await app.runFor(10_000);
    // Every two seconds, and once more after each delivery: others may be due by then.
    expect(app.faults.count("executor:agenda") - asked).toBeLessThanOrEqual(11);
    await app.run();
    expect(await told()).toHaveLength(20);
  });

  test("is told of a failure and of a cancel, without a context if none was given", async () => {
    const { app, told, start } = createApp();

    await start("failing", {});
    const id = await start("long", {});
    await app.runFor(1_000);
    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id));
    await app.run();

    const results = (await told()).map(({ result }) => result);
    expect(results).toEqual([
      { kind: "failed", error: "no bread" },
      { kind: "canceled" },
    ]);
    expect(await told()).not.toContainEqual(expect.objectContaining({ context: null }));
  });

  test("of a workflow that is restarted runs once per generation", async () => {
    const { app, told, start } = createApp();
    const id = await start("quick", { text: "hi" });
    await app.run();

    await app.inMutation(async (ctx) => app.executor.restart(ctx, id));
    await app.run();

    expect(await told()).toHaveLength(2);
  });

  test("that waits when its workflow is restarted is told the old result", async () => {
    const { app, told, start, setBroken } = createApp();
    setBroken(() => true);
    const id = await start("quick", { text: "hi" });
    await app.runUntil(async () => (await app.rows("outbox")).length === 1);
    await app.runFor(500);

    await app.inMutation(async (ctx) => app.executor.restart(ctx, id));
    setBroken(() => false);
    await app.run();

    const result = { kind: "success", returnValue: "hi" };
    expect((await told()).map((one) => one.result)).toEqual([result, result]);
    expect(await app.rows("payloads")).toHaveLength(2); // arguments, last result
  });

  test("each item of a batch has its own", async () => {
    const { app, told } = createApp();

    const items = ["a", "b", "c"].map((text) => ({
      args: { text },
      onComplete: ref<"mutation">("strict"),
      context: { batch: text },
    }));
    const ids: WorkflowId[] = await app.startMany("quick", items);
    await app.run();

    const got = new Map((await told()).map((one) => [one.workflowId, one.context]));
    expect(ids.map((id) => got.get(id))).toEqual(items.map(({ context }) => context));
  });

  test("without it, a context is refused", async () => {
    const { app } = createApp();

    await expect(app.start("quick", { text: "" }, { context: 1 })).rejects.toMatchObject({
      data: { code: "INVALID_OPTIONS", option: "context" },
    });
  });
});

describe("a callback that fails", () => {
  test("rolls back what it wrote, takes no other along, and comes again", async () => {
    const { app, told, setBroken } = createApp();
    setBroken((context) => context === "bad");
    const items = ["a", "bad", "c"].map((text) => ({
      args: { text },
      onComplete: ref<"mutation">("done"),
      context: text,
    }));

    await app.startMany("quick", items);
    await app.runUntil(async () => (await told()).length === 2);
    const [row] = await app.rows<{ attempts: number; lastError: object }>("outbox");
    setBroken(() => false);
    await app.run();

    expect(row).toMatchObject({
      attempts: 1,
      lastError: { message: "The callback is broken" },
    });
    expect((await told()).map(({ context }) => context)).toEqual(["a", "c", "bad"]);
  });

  test("again and again is parked, costs nothing, and can be retried", async () => {
    const { app, told, start, setBroken, countCalls } = createApp();
    setBroken(() => true);
    await start("quick", { text: "hi" });
    await app.run();

    expect(await app.rows("outbox")).toMatchObject([
      { state: "parked", attempts: OUTBOX_ATTEMPTS },
    ]);
    expect(countCalls()).toBe(OUTBOX_ATTEMPTS);
    const executors = app.faults.incarnations.length;
    await app.runFor(2 * DAY);
    expect(app.faults.incarnations).toHaveLength(executors);

    setBroken(() => false);
    await app.operate("retryOutbox");
    await app.run();
    expect(await told()).toHaveLength(1);
    expect(await app.rows("outbox")).toEqual([]);
  });

  test("because its function is gone comes again until it is back", async () => {
    const { app, told, start } = createApp();
    await start("quick", { text: "hi" });
    const { exports } = app;
    const { done: _done, ...others } = exports;
    app.exports = others;
    await app.runUntil(async () =>
      (await app.rows<{ lastError?: object }>("outbox")).some((row) => row.lastError),
    );

    app.exports = exports;
    await app.run();

    expect(await told()).toHaveLength(1);
  });
});

describe("an executor that dies", () => {
  const PLACES = ["executor:countAttempts", "executor:deliver"] as const;

  test.each(
    PLACES.flatMap((on) => (["before", "after"] as const).map((when) => ({ on, when }))),
  )("$when $on: the callback still runs once", async ({ on, when }) => {
    const { app, told, start } = createApp();
    const isDone = app.faults.once(when, on, (index) => app.faults.crash(index));

    await start("quick", { text: "hi" });
    await app.run();
    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    expect(isDone()).toBe(true);
    expect(await told()).toHaveLength(1);
    expect(await app.rows("outbox")).toEqual([]);
  });

  test.each(PLACES)("not, but loses the answer of %s: it runs once", async (on) => {
    const { app, told, start } = createApp();
    app.faults.add({ on, when: "after" });

    await start("quick", { text: "hi" });
    await app.run();

    expect(await told()).toHaveLength(1);
  });

  test("with a transaction that dies delivers the others alone", async () => {
    const { app, told } = createApp();
    app.faults.add({
      on: "executor:deliver",
      when: "before",
      message: "Function execution timed out (maximum duration: 1s)",
    });
    const onComplete = ref<"mutation">("done");
    await app.startMany(
      "quick",
      ["a", "b"].map((text) => ({ args: { text }, onComplete, context: text })),
    );
    await app.run();

    expect(await told()).toHaveLength(2);
    expect(app.faults.count("executor:deliver")).toBe(3);
  });
});

describe("costs", () => {
  test("fifty callbacks share transactions", async () => {
    const { app, told } = createApp({ slotsPerShard: 50 });
    app.faults.onCall = async () => await delay(15);
    const onComplete = ref<"mutation">("done");
    const items = Array.from({ length: 50 }, (_, n) => ({
      args: { text: `${n}` },
      onComplete,
    }));

    await app.startMany("quick", items);
    await app.run();

    expect(await told()).toHaveLength(50);
    // Pages of twenty, and one for those whose executor asked as soon as they had ended.
    expect(app.faults.count("executor:countAttempts")).toBe(4);
    expect(app.faults.count("executor:deliver")).toBe(4);
  });

  test("a workflow without it costs nothing of it", async () => {
    const { app } = createApp();
    await app.start("quick", { text: "hi" });
    await app.run();

    expect(app.faults.count("executor:countAttempts")).toBe(0);
    expect(await app.rows("outbox")).toEqual([]);
  });
});
