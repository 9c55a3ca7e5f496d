/** Operators stop, start and look at executors. */
import { describe, expect, test } from "vitest";
import { TestApp } from "./harness/app.js";
import { catchRefusal } from "./harness/refusal.js";

type Seat = { state: string; epoch: number; current: unknown; draining: unknown[] };
type Incarnation = {
  executor: string;
  job: string;
  jobError?: string;
  claims: number;
  commits?: number;
  heartbeatAgeMs?: number;
};
type Diagnosis = {
  shards: number;
  seats: {
    seat: number;
    state: string;
    current: Incarnation | null;
    draining: Incarnation[];
  }[];
  busy: { shard: number; tasks: number; replays: number; claims: number }[];
  parked: { id: string; definition: string; reason: string }[];
  nextShard: number | null;
};

function createApp(options: { shards?: number } = {}) {
  let open!: (value: string) => void;
  const opened = new Promise<string>((resolve) => {
    open = resolve;
  });
  const attempts: number[] = [];
  const app = new TestApp(options, (executor) => ({
    quick: executor.define({}).handler(async (step) => await step.run("quick", () => 1)),
    hold: executor.define({}).handler(
      async (step) =>
        await step.run("hold", ({ attempt }) => {
          attempts.push(attempt);
          return opened;
        }),
    ),
  }));
  const start = async (ctx: unknown) => await app.executor.startExecutors(ctx as never);
  return {
    app,
    open,
    attempts,
    startExecutors: async () => await app.inMutation(start),
    diagnose: async (args = {}) => (await app.operate("diagnose", args)) as Diagnosis,
  };
}

describe("bumpEpoch", () => {
  test("makes executors drain and leave, and none starts until startExecutors", async () => {
    const { app } = createApp();
    await app.start("quick");
    await app.runUntil(() => app.faults.incarnations.length > 0);

    const answer = await app.operate("bumpEpoch");
    await app.run();
    const id = await app.start("quick");
    await app.run();

    expect(answer).toEqual({ seats: 2, epoch: 1 });
    const seats = await app.rows<Seat>("seats");
    expect(seats.map(({ state, current }) => [state, current])).toEqual([
      ["stopped", null],
      ["stopped", null],
    ]);
    expect(await app.status(id)).toMatchObject({ state: "pending" });
    expect(await app.rows("heartbeats")).toEqual([]);
  });

  test("lets running steps end, and records them", async () => {
    const { app, open, attempts } = createApp();
    const id = await app.start("hold");
    await app.runUntil(() => attempts.length === 1);

    await app.operate("bumpEpoch");
    await app.runFor(1_000);
    open("ended");
    await app.run();

    const [step] = (await app.steps(id)).page;
    expect(step).toMatchObject({ state: "completed", attempts: 1 });
    expect(attempts).toEqual([1]);
  });

  test("with restart starts successors at once, which take up the work", async () => {
    const { app, open } = createApp();
    const id = await app.start("hold");
    await app.runUntil(async () => (await app.rows("steps")).length === 1);

    await app.operate("bumpEpoch", { restart: true });
    open("ended");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: "ended" });
    const seats = await app.rows<Seat>("seats");
    expect(seats.map(({ state, epoch }) => [state, epoch])).toEqual([
      ["idle", 1],
      ["idle", 1],
    ]);
  });

  test("can be called again and again", async () => {
    const { app } = createApp();
    const id = await app.start("quick");

    for (let round = 0; round < 5; round += 1) {
      await app.operate("bumpEpoch", { restart: true });
      await app.runFor(round);
    }
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
    expect(await app.rows("heartbeats")).toEqual([]);
  });

  test("before anything was started says what to do", async () => {
    const { app } = createApp();

    const refusal = await catchRefusal(async () => await app.operate("bumpEpoch"));

    expect(refusal).toMatchObject({ code: "NOT_CONFIGURED" });
    expect(refusal.message).toContain("executor.startExecutors(ctx)");
  });
});

describe("startExecutors", () => {
  test("starts what bumpEpoch stopped, and queued work goes on", async () => {
    const { app } = createApp();
    await app.start("quick");
    await app.run();
    await app.operate("bumpEpoch");
    const ids = await app.startMany("quick", [{ args: {} }, { args: {} }]);

    const answer = await app.operate("startExecutors");
    await app.run();

    expect(answer).toEqual({ started: 2 });
    for (const id of ids)
      expect(await app.status(id)).toMatchObject({ state: "completed" });
  });

  test("starts none where one is", async () => {
    const { app } = createApp();
    await app.start("quick");
    await app.operate("startExecutors");

    expect(await app.operate("startExecutors")).toEqual({ started: 0 });
    await app.run();
  });

  test("from the app works before anything was started", async () => {
    const { app, startExecutors } = createApp();

    expect(await startExecutors()).toEqual({ started: 2 });
    await app.run();
    expect(await app.rows("heartbeats")).toEqual([]);
  });

  test("without a layout before anything was started says what to do", async () => {
    const { app } = createApp();

    const refusal = await catchRefusal(async () => await app.operate("startExecutors"));

    expect(refusal).toMatchObject({ code: "NOT_CONFIGURED" });
    expect(await app.rows("seats")).toEqual([]);
  });

  test("takes over from a dead executor", async () => {
    const { app, open, attempts } = createApp({ shards: 1 });
    const id = await app.start("hold");
    await app.runUntil(() => attempts.length === 1);
    await app.crash();

    const answer = await app.operate("startExecutors");
    open("second time");
    await app.run();

    expect(answer).toEqual({ started: 1 });
    expect(attempts).toEqual([1, 2]);
    expect(await app.status(id)).toMatchObject({ result: "second time" });
  });
});

describe("unpark", () => {
  test("takes up what no code could run, once it can", async () => {
    const { app, diagnose } = createApp();
    const { quick, ...others } = app.exports;
    const id = await app.start("quick");
    app.exports = others;
    await app.run();
    const { parked } = await diagnose();

    const inVain = await app.operate("unpark");
    await app.run();
    app.exports = { quick, ...others };
    const answer = await app.operate("unpark");
    await app.run();

    expect(parked).toMatchObject([
      {
        id,
        definition: "app:quick",
        reason: "No module given to executor.entry defines app:quick.",
      },
    ]);
    expect([inVain, answer]).toMatchObject([{ settled: 1 }, { settled: 1 }]);
    expect(await app.status(id)).toMatchObject({ state: "completed", result: 1 });
  });

  test("with nothing parked does nothing", async () => {
    const { app } = createApp();

    expect(await app.operate("unpark")).toMatchObject({ settled: 0 });
  });
});

describe("diagnose", () => {
  test("before anything was started reports nothing", async () => {
    const { diagnose } = createApp();

    expect(await diagnose()).toMatchObject({
      shards: 0,
      seats: [],
      busy: [],
      parked: [],
    });
  });

  test("reports depths, ages, claims and heartbeats", async () => {
    const { app, open, attempts, diagnose } = createApp({ shards: 1 });
    await app.startMany(
      "hold",
      Array.from({ length: 6 }, () => ({ args: {} })),
    );
    await app.runUntil(() => attempts.length === 4);
    await app.runFor(2_000);

    const { seats, busy, shards, nextShard } = await diagnose();
    open("on");
    await app.run();

    expect({ shards, nextShard }).toEqual({ shards: 1, nextShard: null });
    expect(busy).toMatchObject([
      {
        shard: 0,
        tasks: 2,
        oldestTaskAgeMs: expect.closeTo(2_000, -2),
        replays: 0,
        claims: 4,
      },
    ]);
    expect(seats).toMatchObject([
      {
        seat: 0,
        state: "running",
        current: { job: "inProgress", claims: 4, commits: 2 },
      },
    ]);
    expect(seats[0]!.current!.heartbeatAgeMs).toBeGreaterThan(1_000);
  });

  test("shows a dead executor's job and its claims", async () => {
    const { app, open, attempts, diagnose } = createApp({ shards: 1 });
    await app.start("hold");
    await app.runUntil(() => attempts.length === 1);
    await app.crash();

    const { seats } = await diagnose();
    await app.operate("startExecutors");
    open("on");
    await app.run();

    expect(seats[0]!.current).toMatchObject({ job: "failed", claims: 1 });
  });

  test("shows many shards page by page", async () => {
    const { app, diagnose } = createApp({ shards: 120 });
    await app.start("quick");
    await app.run();
    const pages: (number | null)[] = [];

    for (let fromShard: number | null = 0; fromShard !== null;) {
      fromShard = (await diagnose({ fromShard })).nextShard;
      pages.push(fromShard);
    }

    expect(pages).toEqual([25, 50, 75, 100, null]);
  });
});
