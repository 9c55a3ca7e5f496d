/** Operators settle many workflows at once: in pages, by filters, as far as they say. */
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import {
  BULK_SCAN_ROWS,
  DOCUMENT_VALUE_BYTES_MAX,
  OPERATOR_PAGE,
} from "../src/shared/constants.js";
import { TestApp } from "./harness/app.js";
import { catchRefusal } from "./harness/refusal.js";

type Answer = {
  settled: number;
  continues: boolean;
  cursor: string | null;
  dryRun: boolean;
};

function createApp() {
  const repaired = { now: false };
  const runs: string[] = [];
  const app = new TestApp({}, (executor) => {
    const define = (name: string) =>
      executor.define({ args: { n: v.optional(v.number()) } }).handler(async (step) => {
        await step.run("first", () => void runs.push(`${name} first`));
        return await step.run("second", () => {
          runs.push(`${name} second`);
          if (!repaired.now && name !== "good") {
            throw Object.assign(new Error(`${name} is down`), { code: `${name}_DOWN` });
          }
          return name;
        });
      });
    return { good: define("good"), claude: define("claude"), other: define("other") };
  });
  const operate = async (name: string, args: Record<string, unknown> = {}) =>
    (await app.operate(name, args)) as Answer;
  /** Stops the executors, so that what is started then stays queued. */
  const stop = async () => {
    await app.start("good");
    await app.run();
    await app.operate("bumpEpoch");
    await app.run();
  };
  const begin = async (name: string, count: number) =>
    await app.startMany(
      name,
      Array.from({ length: count }, (_, n) => ({ args: { n } })),
    );
  const countStates = async (definition?: string) => {
    const counts: Record<string, number> = {};
    type Row = { state: string; definition: string };
    for (const row of await app.rows<Row>("workflows")) {
      if (definition !== undefined && row.definition !== definition) continue;
      counts[row.state] = (counts[row.state] ?? 0) + 1;
    }
    return counts;
  };
  return { app, operate, stop, begin, countStates, repaired, runs };
}

describe("a bulk operation", () => {
  test("goes on by hand from its cursor, page by page", async () => {
    const { app, operate, stop, begin, countStates } = createApp();
    await stop();
    await begin("good", 2 * OPERATOR_PAGE + 7);

    let answer = await operate("clearTaskQueue", { background: false });
    const counts = [answer.settled];
    await app.run();
    expect(await countStates()).toMatchObject({ canceled: OPERATOR_PAGE });
    while (answer.cursor !== null) {
      answer = await operate("continueBulk", { cursor: answer.cursor });
      counts.push(answer.settled);
    }

    expect(counts).toEqual([OPERATOR_PAGE, OPERATOR_PAGE, 7]);
    expect(await countStates()).toMatchObject({ canceled: 2 * OPERATOR_PAGE + 7 });
  });

  test("by hand settles no more than its limit, over all pages", async () => {
    const { operate, stop, begin, countStates } = createApp();
    await stop();
    await begin("good", 2 * OPERATOR_PAGE);

    const args = { background: false, limit: OPERATOR_PAGE + 3 };
    const first = await operate("clearTaskQueue", args);
    const second = await operate("continueBulk", { cursor: first.cursor });

    expect(second).toMatchObject({ settled: 3, continues: false, cursor: null });
    expect(await countStates()).toMatchObject({ canceled: OPERATOR_PAGE + 3 });
  });

  test("does not stop at a page of which all is younger than the call", async () => {
    const { app, operate, stop, begin, countStates } = createApp();
    await stop();
    const old = await begin("good", 3 * OPERATOR_PAGE);
    const first = await operate("failPendingTasks", { background: false, shard: 0 });
    const { cursor } = (first as unknown as { tasks: Answer }).tasks;
    app.clock.jump(5);
    // A head start puts a page and more of them before what is left.
    const items = Array.from({ length: 2 * OPERATOR_PAGE }, () => ({
      args: {},
      priority: 60_000,
    }));
    await app.startMany("good", items.concat(items).slice(0, 500));

    const rest = await operate("continueBulk", { cursor });

    expect(rest).toMatchObject({ settled: 50 });
    expect(await countStates()).toMatchObject({ failed: old.length / 2 });
    expect((await countStates()).pending).toBe(old.length / 2 + 400);
  });

  test("refuses a cursor that is not its own", async () => {
    const { app } = createApp();

    for (const cursor of ["", "null", "{}", '{"verb":"drop"}']) {
      const error = await catchRefusal(async () =>
        app.operate("continueBulk", { cursor }),
      );
      expect(error).toMatchObject({ code: "INVALID_OPTIONS", option: "cursor" });
    }
  });

  test("counts in a dry run what it then settles, whatever the filter", async () => {
    const { app, operate, stop, begin, repaired } = createApp();
    await begin("good", 7);
    await begin("claude", 9);
    await app.run();
    await stop();
    await begin("other", 11);
    repaired.now = true;

    const calls: [string, Record<string, unknown>][] = [
      ["restartAll", { definition: "app:claude", shard: 1 }],
      ["restartAll", { errorCode: "claude_DOWN", limit: 2 }],
      ["clearTaskQueue", { definition: "app:other", limit: 3 }],
      ["clearTaskQueue", { shard: 0 }],
      ["cancelAll", { definition: "app:other", limit: 1 }],
      ["cancelAll", {}],
      ["restartAll", { state: "completed", definition: "app:good" }],
      ["restartAll", { errorText: "nobody said this" }],
    ];
    for (const [name, args] of calls) {
      const dry = await operate(name, { ...args, dryRun: true });
      const run = await operate(name, args);
      expect([name, args, run.settled]).toEqual([name, args, dry.settled]);
      expect(dry).toMatchObject({ dryRun: true, continues: false });
    }
    await app.operate("startExecutors");
    await app.run();
  });

  test("looks through a bounded number of rows for those that are meant", async () => {
    const { app, operate, stop, begin, countStates } = createApp();
    await stop();
    await begin("other", 500);
    await begin("other", 500);
    await begin("claude", 3);
    app.clock.jump(5);

    const all = await operate("clearTaskQueue", {
      definition: "app:claude",
      background: false,
    });

    expect(all).toMatchObject({ settled: 0, continues: true });
    expect(JSON.parse(all.cursor!)).toMatchObject({ left: 1_000_000 });
    expect(BULK_SCAN_ROWS).toBeLessThan(1_000);
    await operate("clearTaskQueue", { definition: "app:claude" });
    await app.run();
    expect(await countStates("app:claude")).toEqual({ canceled: 3 });
    expect(await countStates("app:other")).toEqual({ pending: 1_000 });
  });
});

describe("cancelAll", () => {
  test("cancels what waits, runs and is parked, of one definition", async () => {
    const { app, operate, stop, begin, countStates } = createApp();
    const { claude, ...others } = app.exports;
    await stop();
    await begin("claude", 2);
    app.exports = others;
    await app.operate("startExecutors");
    await app.run();
    await app.operate("bumpEpoch");
    app.exports = { claude, ...others };
    await begin("claude", 3);
    await begin("good", 2);
    expect(await countStates("app:claude")).toEqual({ parked: 2, pending: 3 });

    const answer = await operate("cancelAll", { definition: "app:claude" });
    await app.operate("startExecutors");
    await app.run();

    expect(answer).toMatchObject({ settled: 5, continues: false });
    expect(await countStates("app:claude")).toEqual({ canceled: 5 });
    expect(await countStates("app:good")).toEqual({ completed: 3 });
  });
});

async function failSome() {
  const context = createApp();
  const { app, begin } = context;
  await begin("claude", 4);
  await app.run();
  app.clock.jump(60_000);
  const between = app.now();
  app.clock.jump(60_000);
  await begin("claude", 2);
  await begin("other", 3);
  await begin("good", 1);
  await app.run();
  context.repaired.now = true;
  return { ...context, between };
}

describe("restartAll", () => {
  test("restarts what failed in a time, of one definition", async () => {
    const { app, operate, between, countStates } = await failSome();

    const answer = await operate("restartAll", {
      definition: "app:claude",
      from: between,
    });
    await app.run();

    expect(answer).toMatchObject({ settled: 2, continues: false });
    expect(await countStates("app:claude")).toEqual({ completed: 2, failed: 4 });
    const earlier = await operate("restartAll", { to: between });
    await app.run();
    expect(earlier.settled).toBe(4);
    expect(await countStates()).toEqual({ completed: 7, failed: 3 });
  });

  test("restarts what failed with an error, by its code or its text", async () => {
    const { app, operate, countStates } = await failSome();

    await operate("restartAll", { errorCode: "other_DOWN" });
    await app.run();
    expect(await countStates()).toEqual({ completed: 4, failed: 6 });
    await operate("restartAll", { errorText: "claude is" });
    await app.run();

    expect(await countStates()).toEqual({ completed: 10 });
  });

  test("with fromFailure runs only what had not completed", async () => {
    const { app, operate, runs } = await failSome();
    const before = runs.length;

    await operate("restartAll", { fromFailure: true });
    await app.run();

    const again = runs.slice(before);
    expect(again).toHaveLength(9);
    expect(new Set(again)).toEqual(new Set(["claude second", "other second"]));
  });

  test("does not restart again what fails again", async () => {
    const { app, operate, repaired, countStates } = await failSome();
    repaired.now = false;

    await operate("restartAll");
    await app.run();

    const rows = await app.rows<{ generation: number }>("workflows");
    expect(Math.max(...rows.map(({ generation }) => generation))).toBe(1);
    expect(await countStates()).toEqual({ completed: 1, failed: 9 });
  });
});

describe("restartAll with a limit", () => {
  test("goes past workflows that cannot restart, and comes to an end", async () => {
    // Too much has completed to look through it for what failed: such a restart is refused.
    const large = "x".repeat(DOCUMENT_VALUE_BYTES_MAX - 100);
    const app = new TestApp({}, (executor) => ({
      main: executor
        .define({ args: { results: v.number() } })
        .handler(async (step, { results }) => {
          for (let n = 0; n < results; n += 1) await step.run(`large ${n}`, () => large);
          throw new Error("it fails");
        }),
    }));
    for (const results of [5, 5, 5, 0]) await app.start("main", { results });
    await app.run();

    await app.operate("restartAll", { fromFailure: true, limit: 2 });
    await app.run();

    const rows = await app.rows<{ generation: number }>("workflows");
    const first = rows[0]!.generation;
    expect(rows.map(({ generation }) => generation - first)).toEqual([0, 0, 0, 1]);
  });
});

test("failPendingTasks leaves nothing of the waits that it fails", async () => {
  const app = new TestApp({ shards: 1, seats: 1 }, (executor) => ({
    main: executor.define({}).handler(async (step) => {
      const both = await Promise.allSettled([
        step.awaitEvent({ name: "approval", timeoutMs: 3_600_000 }),
        step.run("busy", async () => {
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        }),
      ]);
      await step.awaitEvent({ name: "approval" });
      return both.map(({ status }) => status);
    }),
  }));
  const id = await app.start("main");
  await app.runFor(1_000);

  await app.operate("failPendingTasks", { includeRunning: true });
  expect(await app.rows("eventWaiters")).toEqual([]);
  expect(await app.rows("timers")).toEqual([]);
  await app.runFor(1_000);
  await app.inMutation(async (ctx) =>
    app.executor.sendEvent(ctx, { workflowId: id, name: "approval", value: 1 }),
  );
  await app.run();

  expect(await app.status(id)).toMatchObject({ result: ["rejected", "rejected"] });
});

describe("cleanupAll", () => {
  test("deletes what finished before a time, in a state", async () => {
    const { app, operate, between, countStates } = await failSome();

    const dry = await operate("cleanupAll", { to: between, dryRun: true });
    const old = await operate("cleanupAll", { to: between });
    await app.run();
    expect([dry.settled, old.settled]).toEqual([4, 4]);
    expect(await countStates()).toEqual({ completed: 1, failed: 5 });
    await operate("cleanupAll", { state: "failed", definition: "app:other" });
    await app.run();

    expect(await countStates()).toEqual({ completed: 1, failed: 2 });
    expect(await app.rows("steps")).toHaveLength(6);
  });
});

describe("unpark", () => {
  test("takes up more than a page, of one definition", async () => {
    const { app, operate, stop, begin, countStates } = createApp();
    const { claude, other, ...others } = app.exports;
    await stop();
    await begin("claude", OPERATOR_PAGE + 20);
    await begin("other", 1);
    app.exports = others;
    await app.operate("startExecutors");
    await app.run();
    expect(await countStates()).toEqual({ completed: 1, parked: OPERATOR_PAGE + 21 });
    app.exports = { claude, other, ...others };

    const args = { definition: "app:claude" };
    const dry = await operate("unpark", { ...args, dryRun: true });
    const answer = await operate("unpark", args);
    await app.run();

    expect(dry.settled).toBe(OPERATOR_PAGE + 20);
    expect(answer).toMatchObject({ settled: OPERATOR_PAGE, continues: true });
    expect(await countStates("app:claude")).toEqual({ failed: OPERATOR_PAGE + 20 });
  });
});
