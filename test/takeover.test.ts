/** A stuck executor is fenced, and one that only looks stuck is not (P5, P7, P8). */
import { describe, expect, test } from "vitest";
import type { Doc } from "../src/component/functions.js";
import { resolveMembership, type Incarnation } from "../src/component/incarnations.js";
import type { Entry } from "../src/shared/commit.js";
import {
  HEARTBEAT_MS,
  MINUTE,
  QUIET_MS,
  TAKEOVER_MS,
  WATCHDOG_MS,
} from "../src/shared/constants.js";
import { PROTOCOL } from "../src/shared/model.js";
import { WorkApp, type Part } from "./harness/work.js";
import { inComponent, seatRow } from "./harness/watchdog.js";

const ONE_SEAT = { shards: 1, seats: 1 };
/** By when a stuck executor has lost its seat, and a successor has its work. */
const TAKEN_MS = TAKEOVER_MS + 2 * WATCHDOG_MS;

function work(key: string, ms: number): Part {
  return { kind: "work", key, ms };
}

/** Holds all calls of some executors back until they are let go. */
function holdCalls(app: WorkApp, isHeld: (name: string, index: number) => boolean) {
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  let isOver = false;
  app.faults.onCall = async (name, _args, index) => {
    if (!isOver && isHeld(name, index)) await released;
  };
  return () => {
    isOver = true;
    release();
  };
}

/** An app whose executor is in the middle of a step, and from now on makes no call. */
async function createStuck(parts: Part[] = [work("long", 10 * MINUTE)]) {
  const app = new WorkApp(ONE_SEAT);
  const id = await app.begin(parts);
  await app.runUntil(() => app.attempts.length > 0);
  const [claim] = await app.rows<{ _id: string; executor: string }>("claims");
  const [heartbeat] = await app.rows<{ commitSeq: number }>("heartbeats");
  const comeBack = holdCalls(app, (_name, index) => index === 0);
  return { app, id, claim: claim!, seq: heartbeat!.commitSeq + 1, comeBack };
}

describe("an executor that gives no sign of life while its job is in progress", () => {
  test("keeps its seat at first, then loses it, and another has its work", async () => {
    const { app, comeBack } = await createStuck();
    await app.runFor(TAKEOVER_MS - HEARTBEAT_MS);
    expect(app.faults.incarnations).toHaveLength(1);

    await app.runFor(TAKEN_MS);

    expect(app.faults.incarnations).toHaveLength(2);
    expect(app.attemptsOf("long")).toBe(2);
    const claims = await app.rows<{ executor: string }>("claims");
    expect(claims.map(({ executor }) => executor)).toEqual([
      (await seatRow(app)).current!.executor,
    ]);
    comeBack();
    await app.run();
  });

  test("records nothing when it comes back to life", async () => {
    const { app, id, comeBack } = await createStuck([work("short", 1_000), work("b", 1)]);
    await app.runFor(TAKEOVER_MS + TAKEN_MS);
    expect(await app.status(id)).toMatchObject({ result: ["short", "b"] });
    const before = await app.steps(id);

    comeBack();
    await app.run();

    expect(await app.steps(id)).toEqual(before);
    expect(app.attemptsOf("short")).toBe(2);
    expect(app.attemptsOf("b")).toBe(1);
  });

  test("is no member from the moment it is fenced, before its claims are given back", () => {
    const held = { executor: "a", job: "j" } as never as Incarnation;
    const death = { isCounted: true, error: "no sign of life" };
    const seatWith = (draining: Incarnation[]) =>
      ({ current: null, draining }) as unknown as Doc<"seats">;

    expect(resolveMembership(seatWith([held]), "a")).toBe("draining");
    expect(resolveMembership(seatWith([{ ...held, death }]), "a")).toBe("none");
  });

  test("is refused when a late commit or mutation step arrives", async () => {
    const { app, id, claim, seq, comeBack } = await createStuck();
    const executors = app.component.executor;
    const answers: unknown[] = [];
    await app.runFor(TAKEN_MS + QUIET_MS);
    const outcome = { kind: "completed" as const, value: "late" };
    const settle = { op: "settle" as const, number: 0, outcome, settledAt: 0 };
    const entry: Entry = {
      workflow: id,
      generation: 0,
      claim: claim._id,
      operations: [settle],
    };
    const self = { seat: 0, executor: claim.executor };
    answers.push(
      await app.call("mutation", executors.commit, {
        ...self,
        protocol: PROTOCOL,
        seq,
        entries: [entry],
      }),
      await app.call("mutation", executors.runMutation, {
        ...self,
        claim: claim._id,
        number: 0,
        handle: "never resolved",
        args: {},
      }),
    );

    expect(answers).toEqual([
      { kind: "refused", membership: "none", entries: [] },
      { kind: "lost" },
    ]);
    comeBack();
    await app.run();
  });

  test("while it drains, is fenced too, and what it held goes on", async () => {
    const app = new WorkApp({ ...ONE_SEAT, drainMs: 10 * MINUTE });
    await app.begin([work("long", 5 * MINUTE)]);
    await app.runUntilWorking("long");
    await app.operate("bumpEpoch", { restart: true });
    await app.runUntil(() => app.faults.incarnations.length === 2);
    await app.runFor(1_000);
    const comeBack = holdCalls(app, (_name, index) => index === 0);

    await app.runFor(TAKEN_MS + QUIET_MS);

    expect(app.attemptsOf("long")).toBe(2);
    expect(app.faults.incarnations).toHaveLength(2);
    expect((await seatRow(app)).draining).toEqual([]);
    comeBack();
    await app.run();
  });

  test("at the same time as its successor: both are fenced, the third works", async () => {
    const app = new WorkApp({ ...ONE_SEAT, drainMs: 10 * MINUTE });
    await app.begin([work("a", 5 * MINUTE)]);
    await app.runUntilWorking("a");
    await app.operate("bumpEpoch", { restart: true });
    await app.runUntil(() => app.faults.incarnations.length === 2);
    await app.begin([work("b", 5 * MINUTE)]);
    await app.runUntilWorking("b");
    const comeBack = holdCalls(app, (_name, index) => index < 2);

    await app.runFor(TAKEN_MS + QUIET_MS);

    expect(app.faults.incarnations).toHaveLength(3);
    expect([app.attemptsOf("a"), app.attemptsOf("b")]).toEqual([2, 2]);
    comeBack();
    await app.run();
  });

  test("only once by a fluke loses nothing: a sign in between clears it", async () => {
    const app = new WorkApp(ONE_SEAT);
    await app.begin([work("long", 20 * MINUTE)]);
    await app.runUntilWorking("long");
    for (let stall = 0; stall < 4; stall += 1) {
      const comeBack = holdCalls(app, () => true);
      await app.runFor(TAKEOVER_MS - WATCHDOG_MS);
      comeBack();
      await app.runFor(QUIET_MS);
    }
    await app.run();

    expect(app.faults.incarnations.length).toBeLessThanOrEqual(2); // one handoff, by age
    expect(app.attemptsOf("long")).toBeLessThanOrEqual(2);
  });
});

describe("an executor that only looks stuck keeps its seat when", () => {
  const LIVELY = { ...ONE_SEAT };

  async function expectOneExecutor(app: WorkApp, incarnations = 1): Promise<void> {
    expect(app.faults.incarnations).toHaveLength(incarnations);
    expect(app.attemptsOf("long")).toBe(1);
    await app.run();
    expect(app.attemptsOf("long")).toBe(1);
  }

  async function createLively(): Promise<WorkApp> {
    const app = new WorkApp(LIVELY);
    await app.begin([work("long", 10 * MINUTE)]);
    await app.runUntilWorking("long");
    return app;
  }

  test("the clock jumps ahead, again and again", async () => {
    const app = await createLively();
    for (let jump = 0; jump < 4; jump += 1) {
      (await app.convex()).jumpClock(70_000);
      await app.runFor(WATCHDOG_MS);
    }
    await expectOneExecutor(app);
  });

  test("the clock is set back: it hands over, and drains in peace", async () => {
    const app = await createLively();
    (await app.convex()).jumpClock(-5 * MINUTE);
    await app.runFor(MINUTE);
    await expectOneExecutor(app, 2);
  });

  test("the scheduler stalls for minutes", async () => {
    const app = await createLively();
    (await app.convex()).stallScheduler(5 * MINUTE);
    await app.runFor(6 * MINUTE);
    await expectOneExecutor(app);
  });

  test("the deployment is paused for minutes", async () => {
    const app = await createLively();
    const convex = await app.convex();
    convex.setPaused(true);
    await app.runFor(5 * MINUTE);
    convex.setPaused(false);
    await app.runFor(2 * MINUTE);
    await expectOneExecutor(app);
  });
});

describe("an executor whose job was canceled", () => {
  async function cancelJob(app: WorkApp): Promise<void> {
    await inComponent(app, async (ctx) => {
      const seat = (await ctx.db.query("seats").first())!;
      await ctx.scheduler.cancel(seat.current.job);
    });
  }

  test("leaves at its next look, and its work goes on elsewhere", async () => {
    const app = new WorkApp(ONE_SEAT);
    const id = await app.begin([work("a", 90_000), { kind: "charge", key: "once" }]);
    await app.runUntilWorking("a");
    await cancelJob(app);

    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    expect(await app.charges()).toEqual(["once"]);
    expect(app.faults.incarnations).toHaveLength(2);
  });

  test("runs no mutation step, whose schedules would be dropped", async () => {
    const app = new WorkApp(ONE_SEAT);
    let canceledAt = Infinity;
    app.faults.onCall = async (name) => {
      if (name !== "executor:runMutation" || canceledAt < Infinity) return;
      canceledAt = app.now();
      await cancelJob(app);
    };
    const id = await app.begin([{ kind: "charge", key: "once" }]);
    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    expect(await app.charges()).toEqual(["once"]);
    expect(app.faults.incarnations).toHaveLength(2);
  });

  test("hands over to nobody; the watchdog starts its successor", async () => {
    const app = new WorkApp({ ...ONE_SEAT, lifetimeMs: 5_000, drainMs: 5_000 });
    app.faults.onCall = async (name, _args, index) => {
      if (name === "executor:handOver" && index === 0) await cancelJob(app);
    };
    const id = await app.begin([work("a", 8_000), work("b", 10)]);
    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    expect(app.overlaps).toEqual([]);
    expect((await seatRow(app)).draining).toEqual([]);
  });
});
