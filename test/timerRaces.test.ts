/** Timers and wakes under trouble: each race forced by name (P4, P6, P7). */
import { describe, expect, test } from "vitest";
import { MINUTE, TIMER_PUT_OFF_MS } from "../src/shared/constants.js";
import { inComponent } from "./harness/watchdog.js";
import { delay, WorkApp, type Part } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1 };
const TWO_SEATS = { shards: 2, seats: 2 };
const HOUR = 60 * MINUTE;
const SLEEPER: Part[] = [
  { kind: "sleep", ms: HOUR },
  { kind: "work", key: "after" },
];

type Seat = { seat: number; state: string; wakeAt?: number };

/** An app with a workflow that sleeps for an hour, and nobody awake. */
async function createAsleep(options: object = ONE_SEAT) {
  const app = new WorkApp(options);
  const startedAt = app.now();
  const id = await app.begin(SLEEPER);
  await app.runUntil(async () =>
    (await app.rows<Seat>("seats")).some(({ wakeAt }) => wakeAt !== undefined),
  );
  return { app, id, dueAt: startedAt + HOUR };
}

async function expectCompleted(app: WorkApp, id: string): Promise<void> {
  expect(await app.status(id as never)).toMatchObject({ state: "completed" });
  expect(app.attemptsOf("after")).toBe(1);
  expect(await app.rows("timers")).toEqual([]);
}

/** How many executors were started. */
function countStarts(app: WorkApp): number {
  return app.faults.incarnations.length;
}

describe("a timer", () => {
  test("that is due while its workflow is being canceled does nothing", async () => {
    const { app, id } = await createAsleep();
    app.faults.onCall = async (name) => {
      if (name === "executor:fireTimers")
        await app.inMutation(async (ctx) => app.executor.cancel(ctx, id));
    };

    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "canceled" });
    expect(app.attempts).toEqual([]);
    expect(await app.rows("timers")).toEqual([]);
  });

  test("ends with its workflow, whose seat then wakes for nothing", async () => {
    const { app, id } = await createAsleep();

    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id));
    await app.run();

    expect(await app.rows("timers")).toEqual([]);
    expect(app.faults.count("executor:fireTimers")).toBe(0);
  });

  test.each(["before", "after"] as const)(
    "whose firing fails %s it took effect fires once",
    async (when) => {
      const { app, id } = await createAsleep();
      app.faults.add({ on: "executor:fireTimers", when });

      await app.run();

      await expectCompleted(app, id);
    },
  );

  test.each(["before", "after"] as const)(
    "whose executor dies %s firing it fires once",
    async (when) => {
      const { app, id } = await createAsleep();
      app.faults[when === "before" ? "onCall" : "onAnswer"] = (name, _args, index) => {
        if (name === "executor:fireTimers" && index === 1) app.faults.crash(index);
      };

      await app.run();

      await expectCompleted(app, id);
      expect(countStarts(app)).toBe(3);
    },
  );

  test("of a workflow that is hot is delivered to it, as its row says", async () => {
    const app = new WorkApp(ONE_SEAT);
    const beside: Part = { kind: "work", key: "after", ms: 5 * MINUTE };

    const id = await app.begin([
      { kind: "all", parts: [{ kind: "sleep", ms: 5 * MINUTE + 1 }, beside] },
      { kind: "sleep", ms: 10 },
    ]);
    await app.run();

    await expectCompleted(app, id);
    const rows = (await app.steps(id)).page;
    const [slept, , second] = rows;
    // The next sleep begins with the handler's clock: the time that the row has.
    expect(second!.settledAt).toBeGreaterThanOrEqual(slept!.settledAt! + 10);
  });

  test("that is due while its workflow is being replayed for another is not lost", async () => {
    const app = new WorkApp(ONE_SEAT);
    app.faults.onAnswer = async (name) => {
      if (name === "executor:journals") await delay(3_000);
    };

    const id = await app.begin([
      {
        kind: "all",
        parts: [
          { kind: "sleep", ms: HOUR },
          { kind: "sleep", ms: HOUR + 1_000 },
        ],
      },
      { kind: "work", key: "after" },
    ]);
    await app.run();

    await expectCompleted(app, id);
    expect(app.faults.count("executor:fireTimers")).toBe(2);
    expect(app.faults.count("executor:journals")).toBe(1);
  });

  test("at the instant of another fires with it", async () => {
    const app = new WorkApp(ONE_SEAT);
    const ids = await app.startMany("main", [
      { args: { parts: [SLEEPER[0]] } },
      { args: { parts: [SLEEPER[0]] } },
    ]);
    await app.run();

    for (const id of ids)
      expect(await app.status(id)).toMatchObject({ state: "completed" });
    expect(app.faults.count("executor:fireTimers")).toBe(1);
  });

  test("of a parked workflow is told when it is taken up", async () => {
    const { app, id } = await createAsleep();
    const { exports } = app;
    await app.inComponent(async (db) => {
      await db.patch(id as never, { state: "parked", parkedBy: "f" } as never);
    });
    await app.runUntil(() => app.faults.count("executor:fireTimers") === 1);
    app.exports = exports;

    await app.operate("unpark");
    await app.run();

    await expectCompleted(app, id);
  });

  test("whose handler throws is put off alone, and tried again", async () => {
    const { app, id } = await createAsleep();
    const other = await app.begin([{ kind: "sleep", ms: HOUR - 1 }]);
    await app.runUntil(async () => (await app.rows("timers")).length === 2);
    // A second row of its step: the handler finds two where there may be one.
    const copy = await app.inComponent(async (db) => {
      const steps = await db.query("steps").collect();
      const { _id, _creationTime, ...fields } = steps.find((one) => one.workflow === id)!;
      return await db.insert("steps", fields as never);
    });
    await app.runUntil(async () => (await app.status(other)).state === "completed");
    await app.runUntil(async () =>
      (await app.rows<{ trouble?: string }>("timers")).some(({ trouble }) => trouble),
    );

    await app.inComponent(async (db) => await db.delete(copy));
    const healedAt = app.now();
    await app.run();

    await expectCompleted(app, id);
    expect(app.now() - healedAt).toBeGreaterThanOrEqual(TIMER_PUT_OFF_MS / 2);
  });
});

describe("the wake of a seat", () => {
  test("is not needed when a start comes first, and is forgotten", async () => {
    const { app, id, dueAt } = await createAsleep();
    await app.runFor(dueAt - app.now() - 10);

    await app.begin([{ kind: "work", key: "early", ms: 1_000 }]);
    const [seat] = await app.rows<Seat>("seats");
    expect(seat).toMatchObject({ state: "running" });
    expect(seat!.wakeAt).toBeUndefined();
    await app.run();

    await expectCompleted(app, id);
    expect(countStarts(app)).toBe(2);
  });

  test("and a start at the same instant give one executor", async () => {
    const { app, id, dueAt } = await createAsleep();
    app.later(async () => await app.begin([{ kind: "work", key: "now" }]), HOUR - 1);
    app.later(
      async () => await app.begin([{ kind: "work", key: "same" }]),
      dueAt - app.now(),
    );

    await app.run();

    await expectCompleted(app, id);
    expect(app.attempts).toHaveLength(3);
    expect(app.overlaps).toEqual([]);
  });

  test("survives a bumped epoch: whoever starts next does what is due", async () => {
    const { app, id, dueAt } = await createAsleep();
    await app.operate("bumpEpoch");
    await app.runFor(2 * HOUR);
    expect(countStarts(app)).toBe(1);
    expect((await app.status(id)).state).toBe("running");

    await app.operate("startExecutors");
    await app.run();

    await expectCompleted(app, id);
    expect(app.attempts[0]!.startedAt).toBeGreaterThan(dueAt);
  });

  test("survives a restart of all executors", async () => {
    const { app, id, dueAt } = await createAsleep();
    await app.operate("bumpEpoch", { restart: true });
    await app.run();

    await expectCompleted(app, id);
    expect(app.attempts[0]!.startedAt - dueAt).toBeLessThan(2_000);
  });

  test.each([1, 2])("survives a new layout, of %s seats", async (seats) => {
    const { app, id, dueAt } = await createAsleep(seats === 1 ? TWO_SEATS : undefined);
    const [config] = await app.rows<{ entry: string }>("config");
    await app.operate("startExecutors", {
      layout: { entry: config!.entry, shards: 3, slotsPerShard: 4, seats },
    });
    await app.run();

    await expectCompleted(app, id);
    expect(app.attempts[0]!.startedAt - dueAt).toBeLessThan(2_000);
  });

  test("is left to a successor by an executor whose own job was canceled", async () => {
    const app = new WorkApp(ONE_SEAT);
    const startedAt = app.now();
    app.faults.onCall = async (name, _args, index) => {
      if (name !== "executor:retire" || index !== 0) return;
      await inComponent(app, async (ctx) => {
        const seat = (await ctx.db.query("seats").first())!;
        if (seat.current) await ctx.scheduler.cancel(seat.current.job);
      });
    };

    const id = await app.begin(SLEEPER);
    await app.run();

    await expectCompleted(app, id);
    expect(app.attempts[0]!.startedAt - startedAt).toBeLessThan(HOUR + 10_000);
    expect(app.faults.count("executor:retire")).toBe(countStarts(app));
  });

  test("survives a handover: the successor knows what is due", async () => {
    const app = new WorkApp({ ...ONE_SEAT, lifetimeMs: 2 * MINUTE, drainMs: MINUTE });
    const sleepMs = 8 * MINUTE;
    const id = await app.begin([{ kind: "sleep", ms: sleepMs }, SLEEPER[1]!]);
    await app.begin(
      Array.from({ length: 12 }, (_, n): Part => ({
        kind: "work",
        key: `w${n}`,
        ms: MINUTE,
      })),
    );
    await app.run();

    await expectCompleted(app, id);
    expect(countStarts(app)).toBeGreaterThan(3);
    const started = app.attempts.find(({ key }) => key === "after")!.startedAt;
    expect(started).toBeLessThan(app.attempts[0]!.startedAt + sleepMs + 10_000);
  });
});

describe("a timer added to a seat", () => {
  /** Two idle seats; then a parent on one, and its child's timer on the other. */
  async function createIdle() {
    const app = new WorkApp(TWO_SEATS);
    await app.startMany("main", [{ args: { parts: [] } }, { args: { parts: [] } }]);
    await app.run();
    expect(countStarts(app)).toBe(2);
    return app;
  }

  async function beginParent(app: WorkApp, key: string, runAfter: number) {
    return await app.begin([{ kind: "child", parts: [{ kind: "work", key }], runAfter }]);
  }

  async function wakes(app: WorkApp): Promise<(number | undefined)[]> {
    return (await app.rows<Seat>("seats"))
      .map(({ wakeAt }) => wakeAt)
      .filter((at) => at !== undefined);
  }

  test("that is idle wakes it then, and an earlier one earlier", async () => {
    const app = await createIdle();
    const startedAt = app.now();
    await beginParent(app, "late", 2 * HOUR);
    await app.runFor(MINUTE);
    const before = countStarts(app);
    const [late] = await wakes(app);
    expect(late! - startedAt).toBeLessThan(2 * HOUR + 1_000);

    // Dealt in turn from a random shard: some parent's child joins the first one's.
    for (let n = 0; n < 4; n += 1) await beginParent(app, `early ${n}`, HOUR);
    await app.runFor(MINUTE);
    const all = await wakes(app);
    expect(Math.min(...all.map(Number))).toBeLessThan(late!);
    expect(countStarts(app)).toBeGreaterThan(before - 1);
    await app.run();

    expect(app.attempts).toHaveLength(5);
    expect(app.order.at(-1)).toBe("late");
  });

  test.each(["onCall", "onAnswer"] as const)(
    "that is just retiring is not lost (%s)",
    async (hook) => {
      const app = await createIdle();
      let isDone = false;
      app.faults[hook] = async (name) => {
        if (name !== "executor:retire" || isDone) return;
        isDone = true;
        await beginParent(app, "child", HOUR);
      };
      await app.startMany("main", [{ args: { parts: [] } }, { args: { parts: [] } }]);

      await app.run();

      expect(isDone).toBe(true);
      expect(app.attemptsOf("child")).toBe(1);
    },
  );
});
