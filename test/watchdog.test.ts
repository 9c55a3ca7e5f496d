/** Somebody always notices that an executor has died, and it costs nothing while none is there (P8). */
import { describe, expect, test } from "vitest";
import {
  MINUTE,
  RECOVERY_PAGE,
  WATCHDOG_GUARD_MS,
  WATCHDOG_MS,
  WATCHDOG_OVERDUE_MS,
  WATCHDOG_SEATS_MAX,
} from "../src/shared/constants.js";
import { WorkApp, type Part } from "./harness/work.js";
import { CRASH_MESSAGE } from "./harness/faults.js";
import {
  countRuns,
  inComponent,
  loseWatchdog,
  makeForgottenJob,
  pendingRuns,
  RUN,
  seatRow,
  watchdogRow,
} from "./harness/watchdog.js";

const ONE_SEAT = { shards: 1, seats: 1 };
const LONG_MS = 5 * MINUTE;
/** Until a dead executor's work runs again: a look, and the steps of starting and claiming. */
const NOTICED_MS = WATCHDOG_MS + 2_000;

function work(key: string, ms = 100): Part {
  return { kind: "work", key, ms };
}

/** An app whose one executor is in the middle of a step. */
async function createBusy(options: object = ONE_SEAT): Promise<WorkApp> {
  const app = new WorkApp(options);
  app.expectedFailures.push("ArgumentValidationError"); // of `loseWatchdog`
  await makeForgottenJob(app);
  await app.begin([work("long", LONG_MS)]);
  await app.runUntilWorking("long");
  return app;
}

describe("a dead executor", () => {
  test("is replaced without anybody's call, and its work goes on", async () => {
    const app = await createBusy();
    await app.crash();

    await app.runFor(NOTICED_MS);

    expect(app.attemptsOf("long")).toBe(2);
    expect(app.overlaps).toEqual([]);
    await app.run();
    expect(await app.rows("claims")).toEqual([]);
  });

  test.each(["canceled", "missing"] as const)(
    "whose job is %s is replaced too",
    async (how) => {
      const app = await createBusy();
      const forgotten = await makeForgottenJob(app);
      app.faults.crash();
      await inComponent(app, async (ctx) => {
        const seat = (await ctx.db.query("seats").first())!;
        if (how === "canceled") await ctx.scheduler.cancel(seat.current.job);
        else
          await ctx.db.patch(seat._id, { current: { ...seat.current, job: forgotten } });
      });

      await app.runFor(NOTICED_MS);

      expect(app.attemptsOf("long")).toBe(2);
      await app.run();
    },
  );

  test("that had no claim yet is replaced, and the queue goes on", async () => {
    const app = new WorkApp(ONE_SEAT);
    app.faults.onCall = (name) => {
      if (name === "executor:commit") app.faults.crash(0);
    };
    const id = await app.begin([work("a")]);
    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    expect(app.faults.incarnations).toHaveLength(2);
  });

  test("is not one whose job is still pending", async () => {
    const app = new WorkApp(ONE_SEAT);
    const convex = await app.convex();
    convex.stallScheduler(10 * MINUTE);
    const id = await app.begin([work("a")]);
    await app.runFor(9 * MINUTE);
    expect((await seatRow(app)).draining).toEqual([]);

    await app.run();

    expect(app.faults.incarnations).toHaveLength(1);
    expect((await app.status(id)).state).toBe("completed");
  });

  test("on a stopped seat is buried in pages, and nobody is started", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: RECOVERY_PAGE + 10 });
    const keys = Array.from({ length: RECOVERY_PAGE + 5 }, (_, n) => `w${n}`);
    await app.startMany(
      "main",
      keys.map((key) => ({ args: { parts: [work(key, LONG_MS)] } })),
    );
    await app.runUntil(() => app.attempts.length === keys.length);
    await app.operate("bumpEpoch");
    await app.crash();

    await app.runFor(NOTICED_MS);
    expect(await app.rows("claims")).toHaveLength(5);
    await app.runFor(WATCHDOG_MS);

    expect(await app.rows("claims")).toEqual([]);
    expect(await seatRow(app)).toMatchObject({ state: "stopped", draining: [] });
    expect(app.faults.incarnations).toHaveLength(1);
    await app.operate("startExecutors");
    await app.run();
  });

  test("on any of many seats is found within a period, a page of seats at a time", async () => {
    const seats = 2 * WATCHDOG_SEATS_MAX + 3;
    const app = new WorkApp({ shards: seats, seats, slotsPerShard: 1 });
    await app.startMany(
      "main",
      Array.from({ length: seats }, (_, n) => ({
        args: { parts: [work(`w${n}`, LONG_MS)] },
      })),
    );
    await app.runUntil(() => app.attempts.length === seats);
    const doomed = [0, WATCHDOG_SEATS_MAX, seats - 1];
    await app.crash(...doomed);

    await app.runFor(WATCHDOG_MS + NOTICED_MS);

    expect(app.faults.incarnations).toHaveLength(seats + doomed.length);
    await app.run();
  });
});

describe("the watchdog", () => {
  test("ends with the last executor, and an idle hour costs nothing", async () => {
    const app = new WorkApp(ONE_SEAT);
    await app.begin([work("a")]);
    await app.run();
    const convex = await app.convex();
    const before = convex.digest();

    await app.runFor(60 * MINUTE);

    expect(await pendingRuns(app)).toEqual([]);
    expect(convex.digest()).toBe(before);
    expect(await countRuns(app)).toBeLessThanOrEqual(3);
  });

  test("runs once a period, whoever else starts it", async () => {
    const app = await createBusy({ shards: 4, seats: 4 });
    const before = await countRuns(app);
    for (let minute = 0; minute < 4; minute += 1) {
      await app.begin([work(`w${minute}`)]);
      await app.operate("startExecutors");
      await app.runFor(MINUTE);
    }

    const runs = (await countRuns(app)) - before;
    expect(runs).toBeGreaterThanOrEqual(7);
    expect(runs).toBeLessThanOrEqual(8);
    expect(await pendingRuns(app)).toHaveLength(2); // the next one and its guard
    await app.run();
  });

  test("starts no second executor during a backlog of many minutes", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 1 });
    for (let n = 0; n < 6; n += 1) await app.begin([work(`w${n}`, 2 * MINUTE)]);

    await app.run();

    expect(app.faults.incarnations).toHaveLength(1);
    expect(app.overlaps).toEqual([]);
  });

  test.each(["failed", "canceled", "missing"] as const)(
    "whose job is %s is stood in for by its guard",
    async (how) => {
      const app = await createBusy();
      // No executor is left that could notice.
      await loseWatchdog(app, how, { andGuard: false });
      app.faults.crash();

      await app.runFor(NOTICED_MS + WATCHDOG_GUARD_MS);

      expect(app.attemptsOf("long")).toBe(2);
      expect(await pendingRuns(app)).toHaveLength(2);
      await app.run();
    },
  );

  test.each(["failed", "canceled", "missing"] as const)(
    "whose job is %s, and its guard too, is armed again by an executor",
    async (how) => {
      const app = await createBusy();
      await loseWatchdog(app, how, { andGuard: true });

      await app.runFor(2 * WATCHDOG_MS);

      expect(await pendingRuns(app)).toHaveLength(2);
      expect(app.faults.count("executor:watch")).toBe(1);
      app.faults.crash();
      await app.runFor(NOTICED_MS);
      expect(app.attemptsOf("long")).toBe(2);
      await app.run();
    },
  );

  test("that is lost together with all executors is armed again by the next start", async () => {
    const app = await createBusy();
    await loseWatchdog(app, "failed", { andGuard: true });
    await app.crash();
    await app.runFor(10 * MINUTE);
    expect(app.attemptsOf("long")).toBe(1);

    await app.begin([work("next")]);
    await app.runFor(1_000);

    expect(app.attemptsOf("long")).toBe(2);
    expect(await pendingRuns(app)).toHaveLength(2);
    await app.run();
  });

  test("that is long overdue is armed again, and then runs once", async () => {
    const app = await createBusy();
    const { generation } = await watchdogRow(app);
    const convex = await app.convex();
    convex.setPaused(true);

    await app.runFor(WATCHDOG_MS + WATCHDOG_OVERDUE_MS + 2 * WATCHDOG_MS);
    expect((await watchdogRow(app)).generation).toBe(generation + 1);
    convex.setPaused(false);
    await app.runFor(1_000);

    expect(await pendingRuns(app)).toHaveLength(2);
    expect(app.faults.incarnations).toHaveLength(1);
    await app.run();
  });

  test("of which two runs were started at once goes on as one", async () => {
    const app = await createBusy();
    const { generation, job } = await watchdogRow(app);
    await inComponent(app, async (ctx) => {
      for (let n = 0; n < 2; n += 1) await ctx.scheduler.runAfter(0, RUN, { generation });
    });
    await app.runFor(1_000);

    const row = await watchdogRow(app);
    expect(row.generation).toBe(generation + 1);
    expect(row.job).not.toBe(job);
    expect(await pendingRuns(app)).toHaveLength(2);
    await app.run();
  });
});

describe("the backend", () => {
  test("that starts again loses all executors: all are replaced within a period", async () => {
    const app = new WorkApp({ shards: 3, seats: 3 });
    await app.startMany(
      "main",
      ["a", "b", "c"].map((key) => ({ args: { parts: [work(key, LONG_MS)] } })),
    );
    await app.runUntil(() => app.attempts.length === 3);
    (await app.convex()).restart();
    for (const one of app.faults.incarnations) one.isCut = true;

    await app.runFor(2 * WATCHDOG_MS);

    expect(app.attempts).toHaveLength(6);
    const jobs = await app.rows<{ state: { error?: string } }>("_scheduled_functions");
    expect(jobs.filter(({ state }) => state.error === CRASH_MESSAGE)).toHaveLength(3);
    await app.run();
  });
});
