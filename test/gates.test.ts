/** A limit shared by all executors: who passes, in which order, how fast, at what cost (P15). */
import { describe, expect, test } from "vitest";
import {
  GATE_AHEAD_MS_MIN,
  GATE_BURST_MS,
  GATE_TRADE_MS,
  MINUTE,
} from "../src/shared/constants.js";
import { GateApp } from "./harness/gateApp.js";

const ONE_SEAT = { shards: 1, seats: 1 };
const TEN_SEATS = { shards: 10, seats: 10 };
const PER_SECOND = { key: "g", rate: 10, per: 1_000 };

/** Numbers of the workflows in the order in which their calls began. */
function numbers(app: GateApp): number[] {
  return app.order.map((key) => Number(key.replace(/\D/g, "")));
}

/** By how many places any call was overtaken. */
function overtakenMax(app: GateApp): number {
  let max = 0;
  let latest = 0;
  for (const number of numbers(app)) {
    max = Math.max(max, latest - number);
    latest = Math.max(latest, number);
  }
  return max;
}

describe("a gate with a rate", () => {
  test("lets a lonely step pass at once, for one transaction", async () => {
    const app = new GateApp(ONE_SEAT);

    await app.begin([{ key: "a", gate: PER_SECOND }]);
    await app.run();

    expect(await app.states()).toEqual({ completed: 1 });
    // The second trade gives back what the first was granted; nothing of it is held.
    expect(app.faults.count("executor:trade")).toBeLessThanOrEqual(2);
  });

  test("spaces what waits evenly, oldest first", async () => {
    const app = new GateApp(ONE_SEAT);

    await app.beginMany(100, { gate: PER_SECOND });
    await app.run();

    expect(await app.states()).toEqual({ completed: 100 });
    expect(overtakenMax(app)).toBe(0);
    const steady = app.times.filter((ms) => ms >= 2_000);
    const gaps = new Set(steady.slice(1).map((ms, index) => ms - steady[index]!));
    expect([...gaps]).toEqual([100]);
  });

  test("never lets more begin than the rate gives, and the burst", async () => {
    const app = new GateApp({ shards: 4, seats: 4 });

    await app.beginMany(200, { ms: 700, gate: PER_SECOND });
    await app.run();

    for (const windowMs of [1_000, 3_000, 10_000]) {
      const most = ((windowMs + GATE_BURST_MS) * PER_SECOND.rate) / PER_SECOND.per;
      expect(app.weightMaxIn(windowMs)).toBeLessThanOrEqual(most + 1);
    }
  });

  test("costs one transaction a second and executor, and none when nobody waits", async () => {
    const app = new GateApp(TEN_SEATS);

    await app.beginMany(200, { gate: PER_SECOND });
    await app.run();
    const seconds = Math.ceil(app.times.at(-1)! / GATE_TRADE_MS);
    const trades = app.faults.count("executor:trade");
    await app.runFor(60 * MINUTE);

    expect(trades).toBeLessThanOrEqual(10 * (seconds + 2));
    expect(app.faults.count("executor:trade")).toBe(trades);
  });

  test("no executor ever trades twice within a second", async () => {
    const app = new GateApp({ shards: 3, seats: 3 });
    const last = new Map<number, number>();
    const gaps: number[] = [];
    app.faults.onCall = (name, _args, index) => {
      if (name !== "executor:trade") return;
      const before = last.get(index);
      if (before !== undefined) gaps.push(app.now() - before);
      last.set(index, app.now());
    };

    await app.beginMany(60, { ms: 300, gate: { ...PER_SECOND, concurrency: 5 } });
    await app.run();

    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(GATE_TRADE_MS);
  });

  test("several gates are each traded at once a second and executor at most", async () => {
    const app = new GateApp({ shards: 2, seats: 2 });
    const times = new Map<string, number[]>();
    app.faults.onCall = (name, args, index) => {
      if (name !== "executor:trade") return;
      for (const { key } of (args as { trades: { key: string }[] }).trades) {
        const of = `${key} by ${index}`;
        times.set(of, [...(times.get(of) ?? []), app.now()]);
      }
    };

    for (const key of ["a", "b", "c"]) {
      await app.beginMany(30, { ms: 150, gate: { ...PER_SECOND, key } }, key);
      await app.runFor(300); // so that they are out of step
    }
    await app.run();

    expect(times.size).toBe(6);
    for (const at of times.values()) {
      const gaps = at.slice(1).map((ms, index) => ms - at[index]!);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(GATE_TRADE_MS);
    }
  });

  test("of 4,000 a minute is used to 97% by ten executors, in order", async () => {
    const app = new GateApp(TEN_SEATS);
    const gate = { key: "anthropic", rate: 4_000, per: MINUTE };

    await app.beginMany(600, { ms: 4_000, gate });
    await app.run();

    expect(await app.states()).toEqual({ completed: 600 });
    const busyMs = app.times.at(-1)! - app.times[0]!;
    expect(600 / ((busyMs * gate.rate) / gate.per)).toBeGreaterThanOrEqual(0.97);
    // Whoever asks first passes before the others have said how old their workflows are.
    const dealtAhead = (GATE_AHEAD_MS_MIN * gate.rate) / gate.per;
    const settled = numbers(app).slice(Math.ceil(2 * dealtAhead));
    const inOrder = settled.every((one, index) => one >= index + 1 - settled.length);
    expect(inOrder).toBe(true);
  });
});

describe("a gate with a concurrency", () => {
  test("never has more under way, over all executors, and leaves nothing unused", async () => {
    const app = new GateApp({ shards: 3, seats: 3 });

    await app.beginMany(24, { ms: 5_000, gate: { key: "g", concurrency: 4 } });
    await app.run();

    expect(await app.states()).toEqual({ completed: 24 });
    expect(app.weightMax).toBe(4);
    // A permit that comes back is seen within a second, and its grant within another.
    const idealMs = (24 / 4) * 5_000;
    expect(app.times.at(-1)! + 5_000).toBeLessThanOrEqual(idealMs + (24 / 4) * 2_500);
  });

  test("counts weights, and does not starve a heavy step behind light ones", async () => {
    const app = new GateApp(ONE_SEAT);
    const gate = { key: "g", concurrency: 4 };

    await app.begin([{ key: "light0", ms: 3_000, gate: { ...gate, weight: 2 } }]);
    await app.begin([{ key: "heavy", ms: 3_000, gate: { ...gate, weight: 4 } }]);
    await app.beginMany(6, { ms: 1_000, gate }, "later");
    await app.run();

    expect(app.weightMax).toBeLessThanOrEqual(4);
    expect(app.order.slice(0, 2)).toEqual(["light0", "heavy"]);
  });

  test("lets a step pass alone that is heavier than an operator has left", async () => {
    const app = new GateApp(ONE_SEAT);
    await app.gate("set", { key: "g", concurrency: 2 });

    const gate = { key: "g", concurrency: 8, weight: 5 };
    await app.beginMany(2, { ms: 1_000, gate });
    await app.run();

    expect(await app.states()).toEqual({ completed: 2 });
    expect(app.weightMax).toBe(5);
  });

  test.each([
    [{ concurrency: 4, weight: 5 }, "lets 4 at a time through"],
    [{ rate: 4, per: 1_000, weight: 5 }, "lets 4 in 1000 ms through"],
  ])("refuses a step that would never fit: %o", async (limits, text) => {
    const app = new GateApp(ONE_SEAT);
    const id = await app.begin([{ key: "heavy", gate: { key: "g", ...limits } }]);
    await app.run();

    const { state, error } = await app.status(id);
    expect([state, error?.code]).toEqual(["failed", "INVALID_OPTIONS"]);
    expect(error?.message).toContain(`gate.weight is 5, but the gate ${text}`);
    expect(() => app.executor.gate("g", limits)).toThrow("gate.weight is 5");
    expect(app.calls).toEqual([]);
  });

  test("takes weights of a slow rate: a unit always fits", async () => {
    const app = new GateApp(ONE_SEAT);
    await app.beginMany(3, { gate: { key: "g", rate: 0.5, per: 1_000 } });
    await app.run();

    expect(await app.states()).toEqual({ completed: 3 });
    expect(app.times.at(-1)).toBeGreaterThanOrEqual(4_000 - GATE_BURST_MS);
  });
});

describe("steps that wait at a gate", () => {
  test("hold no slot: others run meanwhile", async () => {
    const app = new GateApp({ ...ONE_SEAT, slotsPerShard: 2 });
    await app.gate("pause", { key: "g" });

    await app.beginMany(2, { gate: { key: "g" } }, "gated");
    await app.beginMany(3, { ms: 100 }, "free");
    await app.runFor(3_000);

    expect(app.order).toEqual(["free0", "free1", "free2"]);
    await app.gate("resume", { key: "g" });
    await app.run();
    expect(await app.states()).toEqual({ completed: 5 });
  });

  test("are passed by steps at other gates; three gates at once keep their limits", async () => {
    const app = new GateApp({ shards: 2, seats: 2 });
    const keys = ["a", "b", "c"];
    for (const [index, key] of keys.entries()) {
      const gate = { key, rate: 5 * (index + 1), per: 1_000, concurrency: 3 };
      await app.beginMany(20, { ms: 200, gate }, key);
    }
    await app.run();

    expect(await app.states()).toEqual({ completed: 60 });
    for (const [index, key] of keys.entries()) {
      const of = app.calls.filter((one) => one.gate === key);
      const most = 5 * (index + 1) * 2 + 1;
      for (const { startedAt } of of) {
        const inSecond = of.filter(
          (one) => one.startedAt > startedAt - 1_000 && one.startedAt <= startedAt,
        );
        expect(inSecond.length).toBeLessThanOrEqual(most);
      }
    }
  });

  test("share it with another workflow's later steps, by the age of the workflow", async () => {
    const app = new GateApp(ONE_SEAT);
    const gate = { key: "g", rate: 2, per: 1_000 };

    await app.begin([
      { key: "old1", gate },
      { key: "old2", gate },
    ]);
    await app.beginMany(10, { gate }, "young");
    await app.run();

    // Its second step is granted by the next allocation but one at the latest.
    const place = app.order.indexOf("old2");
    expect(place).toBeLessThanOrEqual(1 + (2 * GATE_AHEAD_MS_MIN) / 500);
    expect(await app.states()).toEqual({ completed: 11 });
  });
});
