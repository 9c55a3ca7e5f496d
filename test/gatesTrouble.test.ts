/** Gates when things go wrong, or change in the middle: nothing leaks, nothing doubles (P15). */
import { describe, expect, test } from "vitest";
import { GATE_LATE_MS, GATE_REFUSALS_MAX } from "../src/shared/constants.js";
import { GateApp } from "./harness/gateApp.js";

const TWO_SEATS = { shards: 2, seats: 2 };
const ONE_SEAT = { shards: 1, seats: 1 };
const RATE = { key: "g", rate: 10, per: 1_000 };

/** No more than the rate gives, with the burst and what may be used late. */
function expectRateKept(app: GateApp, rate: number, windowMs: number): void {
  const most = (rate * (windowMs + 1_000 + GATE_LATE_MS)) / 1_000;
  expect(app.weightMaxIn(windowMs)).toBeLessThanOrEqual(most + 1);
}

describe("an executor that crashes at a gate", () => {
  test.each(["onCall", "onAnswer"] as const)(
    "as the leader, %s of its allocation: another allocates, and no rate is broken",
    async (when) => {
      const app = new GateApp(TWO_SEATS);
      let trades = 0;
      app.faults[when] = (name, _args, index) => {
        if (name !== "executor:trade" || index !== 0) return;
        trades += 1;
        if (trades === 3) app.faults.crash(0);
      };

      await app.beginMany(80, { ms: 200, gate: RATE });
      await app.run();

      expect(trades).toBe(3);
      expect(await app.states()).toEqual({ completed: 80 });
      expectRateKept(app, 10, 5_000);
    },
  );

  test("with permits: they come back when it is found dead, and not before", async () => {
    const app = new GateApp(TWO_SEATS);
    const gate = { key: "g", concurrency: 2 };

    await app.beginMany(8, { ms: 4_000, gate });
    await app.runUntil(() => app.calls.length >= 2);
    await app.crash(0);
    await app.run();

    expect(await app.states()).toEqual({ completed: 8 });
    expect(app.weightMax).toBeLessThanOrEqual(2);
    expect(await app.rows("gateGrants")).toEqual([]);
  });
});

describe("a trade", () => {
  test.each(["before", "after"] as const)(
    "that fails %s it is made is made again, and grants nothing twice",
    async (when) => {
      const app = new GateApp(TWO_SEATS);
      app.faults.add({ on: "executor:trade", when, times: 6, skip: 2 });

      await app.beginMany(40, { ms: 1_500, gate: { ...RATE, concurrency: 4 } });
      await app.run();

      expect(await app.states()).toEqual({ completed: 40 });
      expect(app.weightMax).toBeLessThanOrEqual(4);
      expectRateKept(app, 10, 3_000);
    },
  );

  test("of two leaders at once deals once", async () => {
    const app = new GateApp({
      shards: 6,
      seats: 6,
      deployment: { class: "d1024", latency: {} },
    });

    await app.beginMany(60, { ms: 800, gate: { ...RATE, concurrency: 5 } });
    await app.run();

    expect(await app.states()).toEqual({ completed: 60 });
    expect(app.weightMax).toBeLessThanOrEqual(5);
    expectRateKept(app, 10, 3_000);
  });

  test("works on the smallest class, with its latencies", async () => {
    const app = new GateApp({
      shards: 4,
      deployment: { class: "s16", latency: {} },
    });

    await app.beginMany(60, { ms: 500, gate: RATE });
    await app.run();

    expect(await app.states()).toEqual({ completed: 60 });
    expectRateKept(app, 10, 3_000);
  });
});

describe("limits that change in the middle", () => {
  test("lowered: hold within two seconds, also for grants not used yet", async () => {
    const app = new GateApp(TWO_SEATS);
    await app.beginMany(120, { ms: 100, gate: { ...RATE, rate: 20 } });
    await app.runUntil(() => app.calls.length >= 40);

    await app.gate("set", { key: "g", rate: 2, per: 1_000 });
    const before = app.calls.length;
    const setAt = app.now();
    await app.runFor(12_000);

    const late = app.calls
      .slice(before)
      .filter(({ startedAt }) => startedAt > setAt + 2_000);
    expect(late.length).toBeLessThanOrEqual(2 * 10 + 4);
    await app.gate("clear", { key: "g" });
    await app.run();
    expect(await app.states()).toEqual({ completed: 120 });
  });

  test("raised: what waits is let through at once", async () => {
    const app = new GateApp(TWO_SEATS);
    await app.beginMany(60, { ms: 100, gate: { key: "g", rate: 1, per: 60_000 } });
    await app.runFor(10_000);
    expect(app.calls.length).toBeLessThanOrEqual(2);

    await app.gate("set", { key: "g", rate: 100, per: 1_000 });
    await app.runFor(8_000);

    expect(await app.states()).toEqual({ completed: 60 });
  });

  test("a lowered concurrency lets nobody pass until enough is given back", async () => {
    const app = new GateApp(TWO_SEATS);
    await app.beginMany(20, { ms: 3_000, gate: { key: "g", concurrency: 6 } });
    await app.runUntil(() => app.calls.length >= 6);

    await app.gate("set", { key: "g", concurrency: 2 });
    const from = app.now() + 1_000;
    await app.run();

    const after = app.calls.filter(({ startedAt }) => startedAt > from);
    const most = Math.max(...after.map(({ startedAt }) => app.weightAt(startedAt)));
    expect(most).toBeLessThanOrEqual(2);
    expect(await app.states()).toEqual({ completed: 20 });
  });

  test("a raised concurrency lets the next pass at once, a cleared one holds again", async () => {
    const app = new GateApp(TWO_SEATS);
    await app.beginMany(30, { ms: 6_000, gate: { key: "g", concurrency: 2 } });
    await app.runUntil(() => app.calls.length >= 2);

    await app.gate("set", { key: "g", concurrency: 8 });
    await app.runFor(2_500);
    expect(app.weightAt(app.now() - 1)).toBe(8);
    await app.gate("clear", { key: "g" });
    const clearedAt = app.now();
    await app.run();

    const late = app.calls.filter(({ startedAt }) => startedAt > clearedAt + 7_500);
    const most = Math.max(...late.map(({ startedAt }) => app.weightAt(startedAt)));
    expect(most).toBe(2);
    expect(await app.states()).toEqual({ completed: 30 });
  });

  test("a limit that is lifted lets all pass that wait, though they wait for long", async () => {
    const app = new GateApp(TWO_SEATS);
    const gate = { key: "g", rate: 1, per: 10 * 60_000 };
    await app.beginMany(40, { ms: 10, gate });
    await app.runFor(60_000);

    await app.gate("set", { key: "g", rate: null });
    await app.runFor(8_000);

    expect(await app.states()).toEqual({ completed: 40 });
  });

  test("a pause lets nobody pass; a resume goes on at the rate", async () => {
    const app = new GateApp(TWO_SEATS);
    await app.beginMany(60, { ms: 10, gate: RATE });
    await app.runUntil(() => app.calls.length >= 15);

    await app.gate("pause", { key: "g" });
    const pausedAt = app.now();
    await app.runFor(10_000);
    const during = app.calls.filter(({ startedAt }) => startedAt > pausedAt + 1_100);
    await app.gate("resume", { key: "g" });
    await app.run();

    expect(during).toEqual([]);
    expect(await app.states()).toEqual({ completed: 60 });
    expectRateKept(app, 10, 2_000);
  });
});

describe("a retry-after", () => {
  test("closes the gate for all; the step is made again and has not failed", async () => {
    const app = new GateApp(TWO_SEATS);
    const id = await app.begin([
      { key: "refused", ms: 10, gate: RATE, refusals: 1, retryAfterMs: 20_000 },
    ]);
    await app.runUntil(() => app.calls.length === 1);
    const closedAt = app.calls[0]!.startedAt;
    await app.beginMany(40, { ms: 10, gate: RATE });
    await app.run();

    expect(await app.states()).toEqual({ completed: 41 });
    const [, ...later] = app.calls;
    for (const { startedAt } of later) {
      const sinceMs = startedAt - closedAt;
      expect(sinceMs < 1_500 || sinceMs >= 20_000).toBe(true);
    }
    const reopened = later.filter(({ startedAt }) => startedAt - closedAt >= 20_000);
    const first = reopened[0]!.startedAt;
    const inSecond = reopened.filter(({ startedAt }) => startedAt < first + 1_000);
    expect(inSecond.length).toBeLessThanOrEqual(RATE.rate + 1);
    expect((await app.steps(id)).page[0]).toMatchObject({ failures: 0, attempts: 2 });
  });

  test("is a failure after many in a row", async () => {
    const app = new GateApp(ONE_SEAT);
    const gate = { key: "g", rate: 100, per: 1_000 };
    await app.begin([{ key: "never", ms: 1, gate, refusals: 1_000, retryAfterMs: 10 }]);
    await app.run();

    expect(await app.states()).toEqual({ failed: 1 });
    expect(app.calls).toHaveLength(GATE_REFUSALS_MAX + 1);
  });
});

describe("a workflow's own gate", () => {
  const GATE = { key: "whole", concurrency: 2 };

  function weightOfWorkflows(app: GateApp): Promise<number> {
    return app.rows("gatePasses").then((rows) => rows.length);
  }

  test("is held from its first step to its end, over all executors", async () => {
    const app = new GateApp(TWO_SEATS, GATE);
    let most = 0;
    const items = Array.from({ length: 6 }, (_, n) => ({
      args: {
        calls: [
          { key: `a${n}`, ms: 500 },
          { key: `b${n}`, ms: 500 },
        ],
      },
    }));
    await app.startMany("main", items);
    await app.runUntil(async () => {
      most = Math.max(most, await weightOfWorkflows(app));
      const { completed = 0 } = await app.states();
      return completed === 6;
    });

    expect(most).toBe(2);
    expect(app.weightMax).toBeLessThanOrEqual(2);
    // Whoever asks first takes what is there; from then on the oldest passes.
    const begun = app.order.filter((key) => key.startsWith("a"));
    expect(begun.slice(3)).toEqual(["a3", "a4", "a5"]);
    await app.run();
    expect(await app.rows("gatePasses")).toEqual([]);
  });

  test("outlives its executor's crash: nobody else passes meanwhile", async () => {
    const app = new GateApp(ONE_SEAT, { key: "whole", concurrency: 1 });
    await app.begin([
      { key: "a0", ms: 500 },
      { key: "b0", ms: 5_000 },
    ]);
    await app.begin([{ key: "a1", ms: 500 }]);
    await app.runUntil(() => app.order.includes("b0"));
    await app.crash();
    await app.run();

    expect(await app.states()).toEqual({ completed: 2 });
    expect(app.order.at(-1)).toBe("a1");
    expect(await app.rows("gatePasses")).toEqual([]);
  });

  test("is given back by a cancel, and waits for nobody that was canceled at it", async () => {
    const app = new GateApp(ONE_SEAT, { key: "whole", concurrency: 1 });
    const first = await app.begin([{ key: "a0", ms: 60_000 }]);
    const second = await app.begin([{ key: "a1", ms: 10 }]);
    await app.begin([{ key: "a2", ms: 10 }]);
    await app.runUntil(() => app.order.includes("a0"));

    await app.inMutation(async (ctx) => await app.executor.cancel(ctx, second));
    await app.inMutation(async (ctx) => await app.executor.cancel(ctx, first));
    await app.run();

    expect(await app.states()).toEqual({ canceled: 2, completed: 1 });
    expect(app.order).toEqual(["a0", "a2"]);
  });
});
