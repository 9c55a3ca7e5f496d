/** The diagnosis says what is wrong, and what to do about it. */
import { mutationGeneric } from "convex/server";
import { describe, expect, test } from "vitest";
import { DAY, MINUTE } from "../src/shared/constants.js";
import { ref, TestApp } from "./harness/app.js";

type Diagnosis = {
  busy: { shard: number; tasks: number; dueTimers: number; callbacks: number }[];
  paused: string[];
  parked: { definition: string; parkedBy?: string }[];
  parkedCallbacks: { attempts: number; error?: string }[];
  seats: { wakeAt?: number }[];
  isWatched: boolean;
  findings: { code: string; advice: string; seat?: number }[];
};

function createApp() {
  const app = new TestApp({ shards: 1, seats: 1 }, (executor) => ({
    work: executor.define({}).handler(
      async (step) =>
        await step.run("work", async () => {
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        }),
    ),
    far: executor.define({}).handler(async (step) => await step.sleep(DAY)),
    quick: executor.define({}).handler(async () => "done"),
    noted: mutationGeneric({
      handler: async () => {
        throw new Error("the other side is down");
      },
    }),
  }));
  const diagnose = async () => (await app.operate("diagnose")) as Diagnosis;
  const codes = async () => (await diagnose()).findings.map(({ code }) => code);
  return { app, diagnose, codes };
}

describe("diagnose finds", () => {
  test("nothing while all is well", async () => {
    const { app, diagnose, codes } = createApp();
    expect(await codes()).toEqual([]);
    await app.start("work");
    await app.runFor(1_000);

    const { findings, isWatched } = await diagnose();

    expect({ findings, isWatched }).toEqual({ findings: [], isWatched: true });
    await app.run();
    expect(await codes()).toEqual([]);
  });

  test("a dead executor, with its error", async () => {
    const { app, diagnose } = createApp();
    await app.start("work");
    await app.runFor(1_000);
    await app.crash();

    const { findings } = await diagnose();

    expect(findings).toMatchObject([{ code: "EXECUTOR_DEAD", seat: 0 }]);
    expect(findings[0]!.advice).toContain("Transient error");
    await app.operate("startExecutors");
    await app.run();
    expect((await diagnose()).findings).toEqual([]);
  });

  test("stopped seats, and what waits on them", async () => {
    const { app, diagnose } = createApp();
    await app.start("quick");
    await app.run();
    await app.operate("pause");
    await app.start("quick");

    const { findings, busy } = await diagnose();

    expect(findings).toMatchObject([{ code: "SEAT_STOPPED", seat: 0 }]);
    expect(findings[0]!.advice).toContain("work waits on it");
    expect(busy).toMatchObject([{ shard: 0, tasks: 1 }]);
    await app.operate("resume");
    await app.run();
  });

  test("paused definitions, and what else is parked, apart", async () => {
    const { app, diagnose, codes } = createApp();
    await app.start("quick");
    await app.run();
    await app.operate("pause", { definition: "app:quick" });
    await app.start("quick");

    expect(await diagnose()).toMatchObject({
      paused: ["app:quick"],
      parked: [{ definition: "app:quick", parkedBy: "~paused" }],
      findings: [{ code: "PAUSED" }],
    });
    await app.operate("resume", { definition: "app:quick" });
    await app.run();
    const { quick, ...others } = app.exports;
    await app.operate("bumpEpoch");
    await app.start("quick");
    app.exports = others;
    await app.operate("startExecutors");
    await app.run();

    expect(await codes()).toEqual(["PARKED"]);
    app.exports = { quick, ...others };
    await app.operate("unpark");
    await app.run();
    expect(await codes()).toEqual([]);
  });

  test("when an idle seat wakes, and timers", async () => {
    const { app, diagnose } = createApp();
    const id = await app.start("far");
    await app.runFor(10 * MINUTE);

    const { seats, busy, findings } = await diagnose();

    expect(seats[0]!.wakeAt! - app.now()).toBeGreaterThan(DAY / 2);
    expect({ busy, findings }).toEqual({ busy: [], findings: [] });
    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id));
    await app.run();
  });

  test("callbacks that wait, and those that have failed too often", async () => {
    const { app, diagnose } = createApp();
    await app.start("quick", {}, { onComplete: ref<"mutation">("noted") as never });
    await app.runUntil(async () => (await app.rows("outbox")).length === 1);
    await app.inComponent(async (db) => {
      const [row] = await db.query("outbox").collect();
      const lastError = { name: "Error", message: "the other side is down" };
      await db.patch(row!._id, { state: "parked", attempts: 12, lastError });
    });

    const { parkedCallbacks, findings } = await diagnose();

    expect(parkedCallbacks).toMatchObject([
      { attempts: 12, error: "the other side is down" },
    ]);
    expect(findings).toMatchObject([{ code: "CALLBACKS_PARKED" }]);
    expect(findings[0]!.advice).toContain("the other side is down");
    expect(await app.operate("retryOutbox", { dryRun: true })).toMatchObject({
      settled: 1,
    });
  });
});
