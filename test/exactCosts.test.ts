/**
 * What the protocols cost, exactly: transactions, documents and bytes of everything that is
 * done, by executors, by the component and by whoever asks for the work.
 *
 * When a figure here gets better or worse, state the new one, and in the README's table.
 */
import { describe, test } from "vitest";
import { MINUTE, SECOND } from "../src/shared/constants.js";
import { TestApp } from "./harness/app.js";
import { costOf, expectCost } from "./harness/costs.js";
import { WorkApp, type Part } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1 };

function work(count: number, ms: number): Part[] {
  return Array.from({ length: count }, (_, n) => ({ kind: "work", key: `w${n}`, ms }));
}

/** An app whose seat exists: the very first start of an app writes its layout. */
async function openApp(options: ConstructorParameters<typeof WorkApp>[0] = {}) {
  const app = new WorkApp({ ...ONE_SEAT, ...options });
  await app.begin([]);
  await app.run();
  return app;
}

describe("from start to retirement", () => {
  test("a workflow of three local steps of a second each", async () => {
    const app = await openApp();

    const cost = await costOf(app, async () => {
      await app.begin(work(3, SECOND));
      await app.run();
    });

    expectCost(cost, { transactions: 18, read: 77, written: 25, bytes: 10_600 });
  });

  test("fifty such workflows together", async () => {
    const app = await openApp({ slotsPerShard: 50 });

    const cost = await costOf(app, async () => {
      await app.startMany(
        "main",
        Array.from({ length: 50 }, () => ({ args: { parts: work(3, SECOND) } })),
      );
      await app.run();
    });

    expectCost(cost, { transactions: 16, read: 1101, written: 761, bytes: 413_100 });
  });

  test("a workflow that sleeps for an hour", async () => {
    const app = await openApp();

    const cost = await costOf(app, async () => {
      await app.begin([{ kind: "sleep", ms: 60 * MINUTE }]);
      await app.run();
    });

    expectCost(cost, { transactions: 22, read: 101, written: 27, bytes: 9_340 });
  });

  test("a workflow that waits for an event, and the sending of it", async () => {
    const app = new TestApp(ONE_SEAT, (executor) => ({
      main: executor
        .define({})
        .handler(async (step) => await step.awaitEvent({ name: "go" })),
    }));
    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    const cost = await costOf(app, async () => {
      const workflowId = await app.start("main");
      await app.run();
      await app.inMutation(async (ctx) =>
        app.executor.sendEvent(ctx, { workflowId, name: "go", value: 1 }),
      );
      await app.run();
    });

    expectCost(cost, { transactions: 19, read: 97, written: 29, bytes: 9_730 });
  });

  test("a child and its parent", async () => {
    const app = await openApp();

    const cost = await costOf(app, async () => {
      await app.begin([{ kind: "child", parts: [] }]);
      await app.run();
    });

    expectCost(cost, { transactions: 15, read: 84, written: 28, bytes: 11_060 });
  });

  test("a fan-out of a hundred steps, dealt over four seats", async () => {
    const app = await openApp({ shards: 4, seats: 4, slotsPerShard: 10 });

    const cost = await costOf(app, async () => {
      await app.begin([{ kind: "all", parts: work(100, SECOND) }]);
      await app.run();
    });

    expectCost(cost, { transactions: 103, read: 3243, written: 1451, bytes: 805_200 });
  });
});

describe("ten workflows that run", () => {
  const items = Array.from({ length: 10 }, () => ({
    args: { parts: work(2, 3 * SECOND) },
  }));

  test("are handed over at the end of their steps", async () => {
    const app = await openApp({ slotsPerShard: 10 });
    await app.startMany("main", items);
    await app.runUntil(() => app.attempts.length === 10);

    const cost = await costOf(app, async () => {
      await app.operate("bumpEpoch", { restart: true });
      await app.runUntil(async () => (await app.rows("heartbeats")).length === 1);
    });
    await app.run();

    expectCost(cost, { transactions: 15, read: 167, written: 46, bytes: 21_830 });
  });

  test("are taken over from an executor that died", async () => {
    const app = await openApp({ slotsPerShard: 10 });
    await app.startMany("main", items);
    await app.runUntil(() => app.attempts.length === 10);
    await app.crash();

    const cost = await costOf(app, async () => {
      await app.operate("startExecutors");
      await app.runUntil(() => app.attempts.length === 20);
    });
    await app.run();

    expectCost(cost, { transactions: 21, read: 195, written: 57, bytes: 22_160 });
  });

  test("are canceled", async () => {
    const app = await openApp({ slotsPerShard: 10 });
    const ids = await app.startMany("main", items);
    await app.runUntil(() => app.attempts.length === 10);

    const cost = await costOf(app, async () => {
      await app.inMutation(async (ctx) => {
        for (const id of ids) await app.executor.cancel(ctx, id);
      });
    });
    await app.run();

    // Each: its claim, its open step, its end's deadline, a signal, and the workflow itself.
    expectCost(cost, { transactions: 1, read: 120, written: 50, bytes: 26_850 });
  });
});

describe("an hour without work", () => {
  test("costs nothing at all", async () => {
    const app = await openApp();

    const cost = await costOf(app, async () => await app.runFor(60 * MINUTE));

    expectCost(cost, { transactions: 0, read: 0, written: 0, bytes: 0 });
  });
});
