/**
 * What the protocols cost, exactly: transactions, documents and bytes of everything that is
 * done, by executors, by the component and by whoever asks for the work.
 *
 * When a figure here gets better or worse, state the new one, and in the README's table.
 */
import { describe, test } from "vitest";
import { MINUTE, SECOND } from "../src/shared/constants.js";
import { internalMutationGeneric } from "convex/server";
import { vOnCompleteArgs, type StartOptions } from "../src/client/index.js";
import { ref, TestApp } from "./harness/app.js";
import { costOf, expectCost, subtract } from "./harness/costs.js";
import { delay, WorkApp, type Part } from "./harness/work.js";

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

    expectCost(cost, { transactions: 16, read: 76, written: 25, bytes: 10_600 });
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

    expectCost(cost, { transactions: 12, read: 1108, written: 761, bytes: 413_100 });
  });

  test("a workflow that sleeps for an hour", async () => {
    const app = await openApp();

    const cost = await costOf(app, async () => {
      await app.begin([{ kind: "sleep", ms: 60 * MINUTE }]);
      await app.run();
    });

    expectCost(cost, { transactions: 21, read: 102, written: 27, bytes: 9_340 });
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

    expectCost(cost, { transactions: 18, read: 97, written: 29, bytes: 9_730 });
  });

  test("a child and its parent", async () => {
    const app = await openApp();

    const cost = await costOf(app, async () => {
      await app.begin([{ kind: "child", parts: [] }]);
      await app.run();
    });

    expectCost(cost, { transactions: 13, read: 87, written: 28, bytes: 11_060 });
  });

  test("a fan-out of a hundred steps, dealt over four seats", async () => {
    const app = await openApp({ shards: 4, seats: 4, slotsPerShard: 10 });

    const cost = await costOf(app, async () => {
      await app.begin([{ kind: "all", parts: work(100, SECOND) }]);
      await app.run();
    });

    expectCost(cost, { transactions: 72, read: 2774, written: 1451, bytes: 805_200 });
  });
});

describe("what comes on top", () => {
  test("a callback when a workflow ends", async () => {
    const app = new TestApp(ONE_SEAT, (executor) => ({
      main: executor
        .define({})
        .handler(async (step) => await step.run("a", async () => await delay(SECOND))),
      done: internalMutationGeneric({
        args: vOnCompleteArgs(),
        handler: async () => null,
      }),
    }));
    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();
    const run = async (options: StartOptions) =>
      await costOf(app, async () => {
        await app.start("main", {}, options);
        await app.run();
      });

    const without = await run({});
    const cost = await run({ onComplete: ref<"mutation">("done") });

    // Its attempt is counted, it is called with the deletion of its row, and then its seat's
    // agenda is asked again.
    const stated = { transactions: 4, read: 13, written: 4, bytes: 2_240 };
    expectCost(subtract(cost, without), stated);
  });

  test("ten seconds in which somebody waits at a gate, for an executor", async () => {
    const app = new TestApp(ONE_SEAT, (executor) => ({
      main: executor.define({}).handler(async (step) => {
        const gate = { key: "narrow", concurrency: 1 };
        await step.run("a", async () => await delay(MINUTE), { gate });
      }),
    }));
    await app.startMany("main", [{ args: {} }, { args: {} }]);
    await app.runFor(20 * SECOND);

    const trading = [
      "executor/executor:trade",
      "executor/gateViews:standing",
      "executor/gateViews:demands",
    ];
    const wait = async () => await app.runFor(10 * SECOND);
    const cost = await costOf(app, wait, trading);
    await app.run();

    expectCost(cost, { transactions: 10, read: 120, written: 20, bytes: 7_900 });
  });

  test("a restart of a workflow that has ended, whole or from a step", async () => {
    const app = await openApp();
    const id = await app.begin(work(3, SECOND));
    await app.run();
    const restart = async (options: object) =>
      await costOf(app, async () =>
        app.inMutation(async (ctx) => app.executor.restart(ctx, id, options)),
      );

    const whole = await restart({});
    await app.run();
    const fromStep = await restart({ fromStep: 2 });
    await app.run();

    // The workflow, its old result, its task or signal, and the executor that takes it up.
    expectCost(whole, { transactions: 1, read: 11, written: 6, bytes: 2_190 });
    expectCost(fromStep, { transactions: 1, read: 12, written: 6, bytes: 2_270 });
  });

  test("the deletion of a workflow of a hundred steps", async () => {
    const app = await openApp();
    const id = await app.begin(work(100, 10));
    await app.run();

    const cost = await costOf(app, async () => {
      await app.inMutation(async (ctx) => app.executor.cleanup(ctx, id));
      await app.run();
    });

    expectCost(cost, { transactions: 1, read: 207, written: 103, bytes: 28_100 });
  });

  test("the same by retention, an hour after its end", async () => {
    const app = await openApp({ retentionMs: 60 * MINUTE });
    const id = await app.begin(work(100, 10));
    await app.runUntil(async () => (await app.status(id)).state === "completed");
    await app.runFor(MINUTE);

    const cost = await costOf(app, async () => await app.run());

    expectCost(cost, { transactions: 10, read: 241, written: 110, bytes: 29_700 });
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

    expectCost(cost, { transactions: 14, read: 166, written: 46, bytes: 21_830 });
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

    expectCost(cost, { transactions: 13, read: 215, written: 57, bytes: 22_160 });
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

    // Each: its claim and what tells its holder, its open step, its end's deadline, a signal, and the workflow itself.
    expectCost(cost, { transactions: 1, read: 120, written: 60, bytes: 29_850 });
  });
});

describe("the operators' levers on a hundred seats", () => {
  test("a bumped epoch is one row a seat", async () => {
    const deployment = { class: "d1024" } as const;
    const app = new WorkApp({ shards: 100, slotsPerShard: 4, deployment });
    await app.startMany(
      "main",
      Array.from({ length: 100 }, () => ({ args: { parts: work(1, SECOND) } })),
    );
    await app.runUntil(() => app.attempts.length === 100);

    const cost = await costOf(app, async () => app.operate("bumpEpoch"));
    await app.run();

    expectCost(cost, { transactions: 1, read: 201, written: 100, bytes: 49_400 });
  });
});

describe("an hour without work", () => {
  test("costs nothing at all", async () => {
    const app = await openApp();

    const cost = await costOf(app, async () => await app.runFor(60 * MINUTE));

    expectCost(cost, { transactions: 0, read: 0, written: 0, bytes: 0 });
  });
});
