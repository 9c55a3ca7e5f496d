/** A workflow that kills its executors is named within so many restarts; innocents finish (P9). */
import { describe, expect, test } from "vitest";
import {
  MINUTE,
  POISON_DEATHS,
  QUARANTINE_HOT_MAX,
  QUARANTINE_SEAT,
  SUSPECT_DEATHS,
  WATCHDOG_MS,
} from "../src/shared/constants.js";
import type { WorkflowId } from "../src/client/index.js";
import { TestApp, type AppOptions } from "./harness/app.js";
import { seatRow, type SeatRow } from "./harness/watchdog.js";
import { delay } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1, slotsPerShard: 60 };
const HOUR = 60 * MINUTE;
const OUT_OF_MEMORY =
  "JavaScript execution ran out of memory (maximum memory usage: 64 MB)";
/**
 * Deaths until the only culprit is named: the deaths that make it a suspect, one more if it
 * kills before its first claim, those that isolate it, and those of it alone.
 */
const DEATHS_MAX = SUSPECT_DEATHS + 1 + Math.log2(QUARANTINE_HOT_MAX) + POISON_DEATHS;

/** A promise that nobody hears: the platform ends the whole function. */
function killHere(): void {
  void Promise.reject(new Error("nobody hears this"));
}

type Poison = "body" | "bodyLater" | "memory" | "firstTurn" | "laterTurn" | "afterSteps";

/** An app with innocents that wait, and workflows that kill in one way or another. */
function createApp(options: AppOptions = ONE_SEAT) {
  const app = new TestApp(options, (executor) => ({
    innocent: executor.define({}).handler(async (step) => {
      await step.run("first", () => delay(3_000).then(() => 1));
      return await step.run("second", () => delay(3_000).then(() => 2));
    }),
    body: executor.define({}).handler(async (step) => {
      await step.run("kill", async () => {
        killHere();
        await delay(1);
        return 1;
      });
    }),
    bodyLater: executor.define({}).handler(async (step) => {
      await step.run("kill", async () => {
        await delay(500);
        killHere();
        await delay(1);
        return 1;
      });
    }),
    memory: executor.define({}).handler(async (step) => {
      await step.run("kill", async () => {
        app.faults.crash(undefined, OUT_OF_MEMORY);
        await delay(1);
        return 1;
      });
    }),
    firstTurn: executor.define({}).handler(async (step) => {
      killHere();
      await step.run("never", () => 1);
    }),
    laterTurn: executor.define({}).handler(async (step) => {
      await step.run("fine", () => 1);
      killHere();
      await step.run("never", () => 1);
    }),
    afterSteps: executor.define({}).handler(async (step) => {
      for (let n = 0; n < 3; n += 1) await step.run(`fine${n}`, () => n);
      await step.run("kill", async () => {
        killHere();
        await delay(1);
        return 1;
      });
    }),
  }));
  return app;
}

/** Counts executors that died. */
async function countDeaths(app: TestApp): Promise<number> {
  const jobs = await app.rows<{ state: { kind: string } }>("_scheduled_functions");
  return jobs.filter(({ state }) => state.kind === "failed").length;
}

function items(count: number): { args: object }[] {
  return Array.from({ length: count }, () => ({ args: {} }));
}

async function states(app: TestApp, ids: WorkflowId[]): Promise<unknown[]> {
  return await Promise.all(
    ids.map(async (id) => {
      const { state, error } = await app.status(id);
      return error ? `${state} ${error.code}` : state;
    }),
  );
}

const KINDS: Poison[] = [
  "body",
  "bodyLater",
  "memory",
  "firstTurn",
  "laterTurn",
  "afterSteps",
];

describe("poison", () => {
  test.each(KINDS)("alone (%s) is named, and nothing runs on", async (kind) => {
    const app = createApp();
    const id = await app.start(kind);
    await app.run();

    expect(await states(app, [id])).toEqual(["failed POISON"]);
    const { error } = await app.status(id);
    expect(error?.message).toContain(kind === "memory" ? "memory" : "nobody hears this");
    expect(await countDeaths(app)).toBeLessThanOrEqual(DEATHS_MAX);
    expect(await app.rows("claims")).toEqual([]);
    expect(await app.rows("heartbeats")).toEqual([]);
  });

  test.each(KINDS)(
    "among 50 innocents on one seat (%s) is the only to fail",
    async (kind) => {
      const app = createApp();
      const before = await app.startMany("innocent", items(25));
      const poison = await app.start(kind);
      const after = await app.startMany("innocent", items(25));
      await app.run();

      expect(await states(app, [poison])).toEqual(["failed POISON"]);
      expect(new Set(await states(app, [...before, ...after]))).toEqual(
        new Set(["completed"]),
      );
      expect(await countDeaths(app)).toBeLessThanOrEqual(DEATHS_MAX);
    },
  );

  test("of two kinds among innocents: both are named", async () => {
    const app = createApp();
    const innocents = await app.startMany("innocent", items(10));
    const first = await app.start("laterTurn");
    const second = await app.start("body");
    innocents.push(...(await app.startMany("innocent", items(10))));
    await app.run();

    expect(await states(app, [first, second])).toEqual([
      "failed POISON",
      "failed POISON",
    ]);
    expect(new Set(await states(app, innocents))).toEqual(new Set(["completed"]));
    expect(await countDeaths(app)).toBeLessThanOrEqual(
      DEATHS_MAX + SUSPECT_DEATHS + POISON_DEATHS,
    );
  });

  test("leaves nothing in quarantine, and its seat idle", async () => {
    const app = createApp();
    await app.startMany("innocent", items(5));
    await app.start("firstTurn");
    await app.run();

    expect(await seatRow(app, QUARANTINE_SEAT)).toMatchObject({
      state: "idle",
      current: null,
      draining: [],
    });
    expect((await seatRow(app, QUARANTINE_SEAT)).deaths).toBeUndefined();
    expect(await app.rows("replayQueue")).toEqual([]);
  });

  test("that a machine's death only looks like is none", async () => {
    const app = createApp();
    const ids = await app.startMany("innocent", items(5));
    for (let death = 0; death < 6; death += 1) {
      await app.runUntil(() => app.faults.incarnations.length === death + 1);
      await app.runFor(1_000);
      await app.crash();
    }
    await app.run();

    expect(new Set(await states(app, ids))).toEqual(new Set(["completed"]));
    const seats = await app.rows<{ seat: number; deaths?: number }>("seats");
    expect(seats.map(({ seat, deaths }) => [seat, deaths])).toEqual([[0, undefined]]);
  });
});

describe("a seat whose executors die", () => {
  test("by memory has half the slots, until an operator starts executors", async () => {
    const app = createApp({ shards: 1, seats: 1, slotsPerShard: 8 });
    await app.start("innocent");
    await app.runFor(1_000);
    app.faults.crash(0, OUT_OF_MEMORY);
    await app.runFor(2 * WATCHDOG_MS);

    const { seats } = (await app.operate("diagnose")) as { seats: SeatRow[] };
    expect(seats[0]).toMatchObject({ slots: 4, slotsMax: 4 });
    await app.operate("startExecutors");
    await app.start("innocent");
    await app.run();
    expect((await seatRow(app)).slotsMax).toBeUndefined();
    expect((await seatRow(app)).slots).toBe(8);
  });

  test("at once, each of them, restarts a dozen times an hour at last", async () => {
    const app = createApp();
    app.faults.onCall = () => app.faults.crash(undefined, "Uncaught Error: bad code");
    const id = await app.start("innocent");
    await app.runFor(HOUR);
    const first = app.faults.incarnations.length;
    await app.runFor(HOUR);

    expect(app.faults.incarnations.length - first).toBeLessThanOrEqual(13);
    expect(app.faults.incarnations.length - first).toBeGreaterThanOrEqual(11);
    app.faults.onCall = () => undefined;
    await app.operate("startExecutors");
    await app.runFor(MINUTE);
    expect(await states(app, [id])).toEqual(["completed"]);
    await app.run();
  });

  test("is not started sooner by new work, and loses none of it", async () => {
    const app = createApp();
    app.faults.onCall = (_name, _args, index) => {
      if (index < 8) app.faults.crash(index, "Uncaught Error: bad code");
    };
    const ids = [await app.start("innocent")];
    await app.runUntil(
      async () => ((await seatRow(app)).notBefore ?? 0) > app.now() + 20_000,
    );
    const begun = app.faults.incarnations.length;
    ids.push(await app.start("innocent"));
    await app.runFor(10_000);
    expect(app.faults.incarnations).toHaveLength(begun);

    await app.run();
    expect(await states(app, ids)).toEqual(["completed", "completed"]);
  });
});
