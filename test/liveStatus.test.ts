/** What is seen of a workflow from outside while it lives. */
import { describe, expect, test } from "vitest";
import type { StepContext } from "../src/client/index.js";
import type { Entry } from "../src/shared/commit.js";
import { STATUS_BYTES_MAX, STATUS_QUEUE_MAX } from "../src/shared/constants.js";
import type { TestApp } from "./harness/app.js";
import { ref, workflowRef } from "./harness/app.js";
import { createEventApp } from "./harness/events.js";
import { delay } from "./harness/work.js";

type Row = { value: unknown; generation: number };

/** Counts the statuses that commits carry. */
function countStatuses(app: TestApp): unknown[] {
  const values: unknown[] = [];
  app.faults.onCall = (name, args) => {
    if (name !== "executor:commit") return;
    for (const { operations } of (args as { entries: Entry[] }).entries)
      for (const one of operations) if (one.op === "status") values.push(one.value);
  };
  return values;
}

describe("step.setStatus", () => {
  test("shows the last value of each commit, and outlives the workflow", async () => {
    const { app } = createEventApp(async (step) => {
      step.setStatus("begun");
      step.setStatus({ done: 0 });
      await step.run("a", () => 1);
      step.setStatus({ done: 1 });
      step.setStatus({ done: 2 });
      await step.sleep(60_000);
      return null;
    });
    const carried = countStatuses(app);
    const id = await app.start("main");
    await app.runFor(1_000);

    expect(carried).toEqual([{ done: 0 }, { done: 2 }]);
    const { status, statusAt } = await app.status(id);
    expect(status).toEqual({ done: 2 });
    expect(statusAt).toBeLessThanOrEqual(app.now());
    await app.run();
    expect(await app.status(id)).toMatchObject({
      state: "completed",
      status: { done: 2 },
    });
  });

  test("is silent in a replay, and takes no number: the journal stays the same", async () => {
    const { app, send } = createEventApp(async (step) => {
      for (let n = 0; n < 5; n += 1) {
        step.setStatus(n);
        await step.run("part", () => n);
      }
      await step.awaitEvent({ name: "go" });
      return null;
    });
    const id = await app.start("main");
    await app.run();
    const [before] = await app.rows<Row & { updatedAt: number }>("statuses");
    const carried = countStatuses(app);
    await send(id, "go");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", status: 4 });
    expect(carried).toEqual([4]); // the last one once more, in case it was never recorded
    expect(await app.rows("statuses")).toEqual([before]);
  });

  test("that a crash kept from being recorded is shown by the replay", async () => {
    const { app } = createEventApp(async (step) => {
      await step.runMutation(ref<"mutation">("touch"), {});
      step.setStatus("after");
      await step.sleep(1_000);
      return null;
    });
    app.faults.onAnswer = (name) => {
      if (name === "executor:runMutation") app.faults.crash(0);
    };
    const id = await app.start("main");
    await app.runFor(2_000);
    expect((await app.status(id)).status).toBeUndefined();
    app.faults.onAnswer = () => undefined;
    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", status: "after" });
  });

  test("refuses what is too large, and a call outside of a turn", async () => {
    const errors: (string | undefined)[] = [];
    const attempt = (call: () => void) => {
      try {
        call();
      } catch (error) {
        errors.push((error as { data?: { code?: string } }).data?.code);
      }
    };
    const { app } = createEventApp(async (step) => {
      attempt(() => step.setStatus("x".repeat(STATUS_BYTES_MAX + 1)));
      await step.run("body", () => attempt(() => step.setStatus(1)));
      return null;
    });
    const id = await app.start("main");
    await app.run();

    expect(errors).toEqual(["VALUE_REJECTED", "STEP_OUTSIDE_TURN"]);
    expect((await app.status(id)).status).toBeUndefined();
  });

  test("of an older generation is not shown after a restart", async () => {
    let runs = 0;
    const { app } = createEventApp(async (step) => {
      if ((runs += 1) === 1) step.setStatus("first");
      await step.sleep(1_000);
      return null;
    });
    const id = await app.start("main");
    await app.run();
    await app.inMutation(async (ctx) => app.executor.restart(ctx, id));
    await app.run();

    expect((await app.status(id)).status).toBeUndefined();
  });
});

describe("getStatus", () => {
  test("tells of each open step what it waits for, and since when", async () => {
    const { app } = createEventApp(async (step: StepContext) => {
      const retry = { maxAttempts: 2, initialBackoffMs: 100_000 };
      const fails = () => {
        throw new Error("no");
      };
      await Promise.allSettled([
        step.awaitEvent({ name: "go", timeoutMs: 3_600_000 }),
        step.sleep(200_000),
        step.run("backoff", fails, { retry }),
        step.run("runs", async () => await delay(250_000)),
        step.runWorkflow(workflowRef("waiting"), {}),
      ]);
      return null;
    });
    app.exports = {
      ...app.exports,
      waiting: app.executor
        .define({ args: {} })
        .handler(async (step) => await step.sleep(60_000)),
    };
    const id = await app.start("main");
    const startedAt = app.now();
    await app.runFor(5_000);

    const { running, steps, queue } = await app.status(id);
    expect(running.map(({ waitsFor }) => waitsFor)).toEqual([
      "event",
      "timer",
      "backoff",
      "attempt",
      "child",
    ]);
    for (const { since } of running) {
      expect(since).toBeGreaterThanOrEqual(startedAt);
      expect(since).toBeLessThanOrEqual(app.now());
    }
    expect(steps).toEqual({ started: 5, done: 0, isAtMost: false });
    expect(queue).toBeUndefined();
    await app.run();
    expect((await app.status(id)).steps).toMatchObject({ started: 5, done: 5 });
  });

  test("tells how many wait ahead of a workflow that has not begun, or at least", async () => {
    const { app } = createEventApp(async () => null);
    await app.operate("bumpEpoch").catch(() => undefined);
    const ids = await app.startMany(
      "main",
      Array.from({ length: STATUS_QUEUE_MAX + 2 }, () => ({ args: {} })),
    );
    await app.operate("bumpEpoch");
    const places = await Promise.all(
      [ids[0]!, ids[3]!, ids.at(-1)!].map(async (id) => (await app.status(id)).queue),
    );

    expect(places).toMatchObject([
      { waitsTo: "begin", ahead: 0, isAtLeast: false },
      { waitsTo: "begin", ahead: 3, isAtLeast: false },
      { waitsTo: "begin", ahead: STATUS_QUEUE_MAX, isAtLeast: true },
    ]);
    await app.operate("startExecutors");
    await app.run();
  });

  test("tells of a workflow whose handler has to advance that it is queued for that", async () => {
    const { app, send } = createEventApp(
      async (step) => await step.awaitEvent({ name: "go" }),
    );
    const id = await app.start("main");
    await app.run();
    expect((await app.status(id)).queue).toBeUndefined();
    await app.operate("bumpEpoch");
    await send(id, "go");

    expect((await app.status(id)).queue).toMatchObject({ waitsTo: "advance", ahead: 0 });
    await app.operate("startExecutors");
    await app.run();
  });

  test("tells who waits at a gate from who has passed it, and of which gate", async () => {
    const { app } = createEventApp(async (step) => {
      const gate = { key: "narrow", concurrency: 1 };
      await step.run("through", async () => await delay(30_000), { gate });
      return null;
    });
    const ids = await app.startMany("main", [{ args: {} }, { args: {} }, { args: {} }]);
    const waits = async () =>
      await Promise.all(
        ids.map(async (id) => {
          const { running, state } = await app.status(id);
          return running[0] ? `${running[0].waitsFor} ${running[0].gate}` : state;
        }),
      );
    await app.runFor(5_000);
    expect(await waits()).toEqual(["attempt narrow", "gate narrow", "gate narrow"]);
    await app.runFor(30_000);
    expect(await waits()).toEqual(["completed", "attempt narrow", "gate narrow"]);
    await app.operate("startExecutors");
    await app.runFor(30_000);
    expect(await waits()).toEqual(["completed", "completed", "attempt narrow"]);
    await app.run();
  });

  test("shows that a workflow is being ended, why, and until when it may clean up", async () => {
    const { app } = createEventApp(async (step) => {
      await step.sleep(60_000).catch(() => undefined);
      await step.sleep(60_000);
      return null;
    });
    const [canceled, timedOut] = await app.startMany("main", [
      { args: {} },
      { args: {}, timeoutMs: 10_000 },
    ]);
    await app.runFor(10_000);
    const at = app.now();
    await app.inMutation(async (ctx) =>
      app.executor.cancel(ctx, canceled!, { reason: "no need", graceMs: 20_000 }),
    );
    await app.runFor(5_000);

    expect(await app.status(canceled!)).toMatchObject({
      state: "running",
      ending: { kind: "canceled", reason: "no need", since: at, until: at + 20_000 },
    });
    const { ending } = await app.status(timedOut!);
    expect(ending).toMatchObject({ kind: "timedOut", until: ending!.since + 30_000 });
    expect(ending?.reason).toContain("10000 ms");
    const { page } = await app.executor.list(app.reader, {});
    expect(page.map((one) => one.ending?.kind)).toEqual(["canceled", "timedOut"]);
    await app.run();
    expect((await app.status(canceled!)).ending).toBeUndefined();
    expect(await app.status(canceled!)).toMatchObject({ state: "canceled" });
  });
});
