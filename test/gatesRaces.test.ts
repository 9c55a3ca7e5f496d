/** Gates under races that are forced: clocks that jump, handoffs, two that allocate at once (P15). */
import { describe, expect, test } from "vitest";
import {
  GATE_BURST_MS,
  GATE_LATE_MS,
  GATE_TAKEOVER_MS,
  HOT_WAIT_MS_MAX,
  MINUTE,
  TAKEOVER_MS,
  WATCHDOG_MS,
} from "../src/shared/constants.js";
import { GateApp } from "./harness/gateApp.js";

const ONE_SEAT = { shards: 1, seats: 1 };
const TWO_SEATS = { shards: 2, seats: 2 };
const RATE = { key: "g", rate: 10, per: 1_000 };
const HOUR = 60 * MINUTE;

/** As documented: in any window, what the rate gives in it and in three seconds more. */
function expectRateKept(
  app: GateApp,
  windowsMs: readonly number[] = [1_000, 5_000],
): void {
  for (const windowMs of windowsMs) {
    const most = (RATE.rate * (windowMs + GATE_BURST_MS + GATE_LATE_MS)) / RATE.per;
    expect(app.weightMaxIn(windowMs)).toBeLessThanOrEqual(most + 1);
  }
}

/** Holds back some calls of executors, until they are let go. */
function holdCalls(
  app: GateApp,
  isHeld: (name: string, index: number) => boolean,
): { held: number[]; release: () => void } {
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  const held: number[] = [];
  let isOver = false;
  app.faults.onCall = async (name, _args, index) => {
    if (isOver || !isHeld(name, index)) return;
    held.push(index);
    await released;
  };
  return {
    held,
    release: () => {
      isOver = true;
      release();
    },
  };
}

describe("a clock that jumps while steps wait at a gate", () => {
  test.each([
    ["an hour ahead", HOUR],
    ["an hour back", -HOUR],
    ["ahead by less than grants live", GATE_LATE_MS / 2],
    ["back by less than grants live", -GATE_LATE_MS / 2],
  ])("%s breaks no rate, and nobody is stuck", async (_name, ms) => {
    const app = new GateApp(TWO_SEATS);
    await app.beginMany(150, { ms: 300, gate: RATE });
    await app.runUntil(() => app.calls.length >= 50);

    await app.jumpClock(ms);
    const jumpedAt = app.steadyNow;
    await app.runUntil(async () => countFinished(await app.states()) === 150);

    expectRateKept(app);
    // A handoff and the timers' stretch may cost some seconds, but nobody waits for the clock.
    expect(app.steadyNow - jumpedAt).toBeLessThan(10_000 + MINUTE);
    await app.run();
  });

  test.each([
    ["ahead", HOUR],
    ["back", -HOUR],
  ])("%s: permits come back, and no more are held than there are", async (_name, ms) => {
    const app = new GateApp(TWO_SEATS);
    await app.beginMany(20, { ms: 2_000, gate: { key: "g", concurrency: 4 } });
    await app.runUntil(() => app.calls.length >= 6);

    await app.jumpClock(ms);
    await app.runUntil(async () => countFinished(await app.states()) === 20);

    expect(app.weightMax).toBeLessThanOrEqual(4);
    await app.run();
  });

  test("back: a gate closed by retry-after opens when it would have", async () => {
    const app = new GateApp(TWO_SEATS);
    await app.begin([{ key: "refused", gate: RATE, refusals: 1, retryAfterMs: 20_000 }]);
    await app.runUntil(() => app.calls.length === 1);
    await app.beginMany(20, { gate: RATE });
    await app.runFor(5_000);

    await app.jumpClock(-HOUR);
    const jumpedAt = app.steadyNow;
    await app.runUntil(async () => (await app.states()).completed === 20);
    expect(app.steadyNow - jumpedAt).toBeLessThan(20_000 + MINUTE);
    await app.runUntil(async () => (await app.states()).completed === 21);

    // What was refused has a due time in its journal, which is never far.
    expect(app.steadyNow - jumpedAt).toBeLessThan(HOT_WAIT_MS_MAX + MINUTE);
    await app.run();
  });
});

describe("a handoff", () => {
  const SHORT_LIVED = { ...TWO_SEATS, lifetimeMs: 4_000, drainMs: 30_000 };

  test("while permits are held: its successor gets no more than are left", async () => {
    const app = new GateApp(SHORT_LIVED);
    await app.beginMany(16, { ms: 6_000, gate: { key: "g", concurrency: 4 } });
    await app.run();

    expect(app.faults.incarnations.length).toBeGreaterThan(4);
    expect(await app.states()).toEqual({ completed: 16 });
    expect(app.weightMax).toBe(4);
  });

  test.each(["heard", "lost"] as const)(
    "while a trade is in flight, its answer %s: what it was granted is not kept",
    async (answer) => {
      const app = new GateApp({ ...ONE_SEAT, lifetimeMs: 5_000, drainMs: 5 * MINUTE });
      const gate = { key: "g", concurrency: 2 };
      await app.begin([{ key: "other", ms: 4 * MINUTE }]); // keeps the predecessor for long
      const { held, release } = holdCalls(
        app,
        (name, index) => name === "executor:trade" && index === 0,
      );
      await app.beginMany(6, { ms: 100, gate });
      await app.runUntil(() => held.length > 0 && app.faults.incarnations.length === 2);
      if (answer === "lost") app.faults.add({ on: "executor:trade", when: "after" });
      const releasedAt = app.now();

      release();
      await app.runUntil(async () => (await app.states()).completed === 6);

      expect(app.now() - releasedAt).toBeLessThan(30_000);
      expect(app.weightMax).toBeLessThanOrEqual(3); // two at the gate, and the other one
      await app.run();
    },
  );
});

describe("two executors that believe both that they allocate", () => {
  test("deal once: one's transaction conflicts, and finds that the other has dealt", async () => {
    const app = new GateApp({
      ...TWO_SEATS,
      deployment: { class: "d1024", latency: {} },
    });
    await app.beginMany(120, { ms: 200, gate: { ...RATE, concurrency: 8 } });
    await app.runUntil(() => app.calls.length >= 30);
    const { metrics } = await app.convex();
    const conflictsOf = () => metrics.of("executor/executor:trade").conflicts;

    // Nobody trades until the leader is given up by all: then everybody does, at once.
    const { held, release } = holdCalls(app, (name) => name === "executor:trade");
    await app.runUntil(() => held.length === 2);
    await app.runFor(GATE_TAKEOVER_MS);
    const before = conflictsOf();
    release();
    await app.run();

    expect(conflictsOf()).toBeGreaterThan(before);
    expect(await app.states()).toEqual({ completed: 120 });
    expect(app.weightMax).toBeLessThanOrEqual(8);
    expectRateKept(app);
  });
});

describe("permits of an executor", () => {
  const gate = { key: "g", concurrency: 2 };

  test("that died come back once it is buried, and not before", async () => {
    const app = new GateApp(TWO_SEATS);
    await app.beginMany(10, { ms: 30_000, gate });
    await app.runUntil(() => app.calls.length === 2);
    const holder = holderOf(app, 0);
    app.faults.crash(holder);
    const known = (await app.rows<{ executor: string }>("gateGrants")).length;

    let isBuried = false;
    await app.runUntil(async () => {
      const grants = await app.rows<{ executor: string }>("gateGrants");
      isBuried =
        grants.length < known ||
        grants.every(
          ({ executor }) => executor !== app.faults.incarnations[holder]!.self.executor,
        );
      return isBuried || app.calls.length > 2;
    });

    expect(isBuried).toBe(true);
    expect(app.calls).toHaveLength(2);
    await app.run();
    expect(await app.states()).toEqual({ completed: 10 });
  });

  test("that is stuck come back once it is fenced, and what it does then counts no more", async () => {
    const app = new GateApp(TWO_SEATS);
    await app.beginMany(6, { ms: 10_000, gate });
    await app.runUntil(() => app.calls.length === 2);
    const stuck = holderOf(app, 0);
    const { release } = holdCalls(app, (_name, index) => index === stuck);
    await app.runFor(TAKEOVER_MS - WATCHDOG_MS);
    const early = app.calls.length;

    await app.runFor(3 * WATCHDOG_MS + 2 * MINUTE);
    release();
    await app.run();

    // One permit at most was left meanwhile, and went from step to step.
    expect(early).toBeLessThan(6 + 2);
    expect(await app.states()).toEqual({ completed: 6 });
    expect(await app.rows("gateGrants")).toEqual([]);
  });
});

/** A jump ahead ends steps that run by their timeout; that is no business of gates. */
function countFinished({ completed = 0, failed = 0 }: Record<string, number>): number {
  return completed + failed;
}

/** Which executor made the call at an index: the one on the seat of its workflow. */
function holderOf(app: GateApp, index: number): number {
  const number = Number(app.calls[index]!.key.replace(/\D/g, ""));
  return app.faults.incarnations.findIndex(({ self }) => self.seat === number % 2);
}
