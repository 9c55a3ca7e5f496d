/** What work costs: an executor's transactions are counted, and bounded (D2, D6). */
import { describe, expect, test } from "vitest";
import type { Entry } from "../src/shared/commit.js";
import { HOT_GRACE_MS, MINUTE } from "../src/shared/constants.js";
import { delay, WorkApp, type Part } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1 };
const TABLES = [
  "workflows",
  "payloads",
  "steps",
  "timers",
  "taskQueue",
  "replayQueue",
  "claims",
  "heartbeats",
];
/** One call of an executor to the backend, in milliseconds: what a nearby action sees. */
const CALL_MS = 15;

function work(count: number, ms: number): Part[] {
  return Array.from({ length: count }, (_, n) => ({ kind: "work", key: `w${n}`, ms }));
}

/** Counts every call, by name and in all. */
function counted(app: WorkApp): { counts: Record<string, number>; total: number } {
  const counts = Object.fromEntries(app.faults.counts);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { counts, total };
}

/** Counts the operations that commits carry, by kind. */
function countOperations(app: WorkApp): Record<string, number> {
  const operations: Record<string, number> = {};
  app.faults.onCall = async (name, args) => {
    await delay(CALL_MS);
    if (name !== "executor:commit") return;
    for (const { op } of (args as { entries: Entry[] }).entries.flatMap(
      (entry) => entry.operations,
    )) {
      operations[op] = (operations[op] ?? 0) + 1;
    }
  };
  return operations;
}

describe("a lonely workflow of three steps", () => {
  test("costs one commit per step and one to begin", async () => {
    const app = new WorkApp(ONE_SEAT);

    await app.begin(work(3, 1_000));
    await app.run();

    const { counts } = counted(app);
    expect(counts).toMatchObject({
      "executor:parked": 1,
      "executor:commit": 4,
      "executor:retire": 1,
    });
    // A seat with room looks for new work, at most once a second in the long run.
    expect(counts["executor:scan"]).toBeLessThanOrEqual(9);
  });

  test("is written twice per step, and once to begin and to end", async () => {
    const app = new WorkApp(ONE_SEAT);
    const operations = countOperations(app);

    await app.begin(work(3, 1_000));
    await app.run();

    expect(operations).toEqual({ claimTask: 1, step: 3, settle: 3, finish: 1 });
    expect(await app.rows("steps")).toHaveLength(3);
  });
});

describe("many workflows on one seat", () => {
  test("share commits: far less than one transaction per step", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 50 });
    const operations = countOperations(app);

    const items = Array.from({ length: 50 }, () => ({ args: { parts: work(4, 1_000) } }));
    await app.startMany("main", items);
    await app.run();

    expect(operations).toEqual({ claimTask: 50, step: 200, settle: 200, finish: 50 });
    expect(counted(app).counts["executor:commit"]).toBeLessThanOrEqual(12);
    expect(counted(app).total / 200).toBeLessThanOrEqual(0.1);
  });
});

describe("an executor without work", () => {
  test("retires, and costs nothing for as long as nobody starts anything", async () => {
    const app = new WorkApp(ONE_SEAT);
    await app.begin(work(1, 10));
    await app.run();
    const before = counted(app).total;

    await app.runFor(60 * MINUTE);

    expect(counted(app).total).toBe(before);
    expect(app.faults.incarnations).toHaveLength(1);
    expect(await app.rows("heartbeats")).toEqual([]);
  });
});

describe("a cold workflow", () => {
  test("reads its journal once when its child has settled", async () => {
    const app = new WorkApp(ONE_SEAT);
    await app.begin([{ kind: "child", parts: work(1, 2 * HOT_GRACE_MS) }]);
    await app.run();

    expect(app.faults.count("executor:journals")).toBe(1);
  });

  test("of fifty short children in turn is never replayed, as it stays hot for each", async () => {
    const app = new WorkApp(ONE_SEAT);
    const children = Array.from({ length: 50 }, (): Part => ({
      kind: "child",
      parts: work(1, 1_000),
    }));

    const id = await app.begin(children);
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
    expect(app.faults.count("executor:journals")).toBe(0);
    expect(app.faults.count("executor:settled")).toBe(50);
  });

  test("is never replayed while it stays hot", async () => {
    const app = new WorkApp(ONE_SEAT);
    await app.begin([...work(3, 10), { kind: "sleep", ms: 60_000 }, ...work(3, 10)]);
    await app.run();

    expect(app.faults.count("executor:journals")).toBe(0);
    expect(app.faults.count("executor:settled")).toBe(0);
  });
});

describe("a workflow that sleeps for an hour", () => {
  test("costs two executors, one firing and one replay, and nothing in between", async () => {
    const app = new WorkApp(ONE_SEAT);
    const operations = countOperations(app);

    await app.begin([{ kind: "sleep", ms: 60 * MINUTE }]);
    await app.run();

    expect(operations).toEqual({
      claimTask: 1,
      step: 1,
      release: 1,
      claimReplay: 1,
      consume: 1,
      finish: 1,
    });
    const { counts } = counted(app);
    expect(counts).toMatchObject({
      "executor:commit": 2,
      "executor:fireTimers": 1,
      "executor:journals": 1,
      "executor:retire": 2,
      "executor:agenda": 3, // when an executor begins, and once after the firing
    });
    expect(counts["executor:scan"]).toBeLessThanOrEqual(8);
  });

  test("is four rows and a scheduled job while it sleeps", async () => {
    const app = new WorkApp(ONE_SEAT);
    await app.begin([{ kind: "sleep", ms: 60 * MINUTE }]);
    await app.runUntil(() => app.faults.count("executor:retire") === 1);
    await app.runFor(MINUTE);

    const counts = Object.fromEntries(
      await Promise.all(
        TABLES.map(async (table) => [table, (await app.rows(table)).length] as const),
      ),
    );
    expect(counts).toEqual({
      workflows: 1,
      payloads: 1,
      steps: 1,
      timers: 1,
      taskQueue: 0,
      replayQueue: 0,
      claims: 0,
      heartbeats: 0,
    });
    type Job = { name: string; state: { kind: string } };
    const jobs = await app.rows<Job>("_scheduled_functions");
    const pending = jobs.filter(({ state }) => state.kind === "pending");
    expect(pending.map(({ name }) => name)).toEqual(["timers.js:wake"]);
    await app.run();
  });
});
