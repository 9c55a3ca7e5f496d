/** A definition is paused: its workflows end what runs, and wait; resumed, all go on. */
import { describe, expect, test } from "vitest";
import type { WorkflowId } from "../src/client/index.js";
import type { ScanWanted } from "../src/client/runtime/backend.js";
import type { Riders } from "../src/component/riders.js";
import { HEARTBEAT_MS, OPERATOR_PAGE } from "../src/shared/constants.js";
import { workflowRef } from "./harness/app.js";
import { reach, STATES } from "./harness/states.js";
import { WorkApp, type Part } from "./harness/work.js";

const work = (key: string, ms = 10): Part => ({ kind: "work", key, ms });
const MAIN = { definition: "app:main" };

async function states(app: WorkApp): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state } of await app.rows<{ state: string }>("workflows"))
    counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

describe("pause of a definition", () => {
  test("lets what runs end, records it, and starts nothing more", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const id = await app.begin([work("a", 30_000), work("b")]);
    await app.runUntilWorking("a");

    await app.operate("pause", MAIN);
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "parked",
      error: { code: "PAUSED", message: expect.stringContaining("app:main is paused") },
    });
    expect(app.order).toEqual(["a"]);
    const { page } = await app.steps(id);
    expect(page.map(({ state }) => state)).toEqual(["completed", "running"]);
    expect(await app.rows("claims")).toEqual([]);
    await app.operate("resume", MAIN);
    await app.run();
    expect(await app.status(id)).toMatchObject({
      state: "completed",
      result: ["a", "b"],
    });
    expect(app.attemptsOf("a")).toBe(1);
    expect(app.attempts.map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  test("reaches an executor of which all slots are taken", async () => {
    const app = new WorkApp({ shards: 1, seats: 1, slotsPerShard: 1 });
    const parts = Array.from({ length: 40 }, (_, n) => work(`w${n}`, 1_000));
    const id = await app.begin(parts);
    await app.runUntilWorking("w1");
    const pausedAt = app.now();

    await app.operate("pause", MAIN);
    await app.runUntil(async () => (await app.status(id)).state === "parked");

    expect(app.now() - pausedAt).toBeLessThan(13_000);
    await app.operate("resume", MAIN);
    await app.run();
    expect(app.attempts).toHaveLength(40);
  });

  test("stores what is started parked; resumed it begins, in its order", async () => {
    const app = new WorkApp({ shards: 1, seats: 1, slotsPerShard: 1 });
    await app.begin([work("before")]);
    await app.run();
    await app.operate("pause", MAIN);

    const first = await app.begin([work("first")]);
    app.clock.jump(5);
    await app.begin([work("second")]);
    await app.run();

    expect(await states(app)).toEqual({ completed: 1, parked: 2 });
    expect(await app.rows("taskQueue")).toEqual([]);
    await app.operate("resume", MAIN);
    expect(await app.status(first)).toMatchObject({ state: "pending" });
    expect((await app.status(first)).error).toBeUndefined();
    await app.run();
    expect(app.order).toEqual(["before", "first", "second"]);
  });

  test("parks what was queued, without beginning it", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    await app.begin([]);
    await app.run();
    await app.operate("bumpEpoch");
    const id = await app.begin([work("queued")]);
    await app.operate("pause", MAIN);

    await app.operate("startExecutors");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "parked" });
    expect((await app.status(id)).startedAt).toBeUndefined();
    await app.operate("resume", MAIN);
    await app.run();
    expect(await app.status(id)).toMatchObject({ state: "completed" });
  });

  test("starts nothing that is at hand already, and loses nothing of it", async () => {
    const slots = 4;
    const app = new WorkApp({ shards: 1, seats: 1, slotsPerShard: slots });
    const { main } = app.exports;
    app.exports = { ...app.exports, other: main };
    const atHand = new Set<string>();
    app.faults.onCall = (name, args) => {
      const { riders, ...call } = args as ScanWanted & { riders?: Riders };
      const scan = name === "executor:scan" ? call : riders?.scan;
      for (const workflow of scan?.atHand ?? []) atHand.add(workflow);
    };
    const busy = Array.from({ length: slots }, (_, n) => `busy${n}`);
    for (const key of busy) await app.start("other", { parts: [work(key, 120_000)] });
    await app.runUntil(() => app.attempts.length === slots);
    const keys = Array.from({ length: 3 * slots }, (_, n) => `w${n}`);
    const ids: WorkflowId[] = [];
    for (const key of keys) ids.push(await app.begin([work(key)]));
    // Some wait in the executor, the others in the queue.
    await app.runUntil(() => atHand.size > 0);
    const pausedAt = app.now();

    await app.operate("pause", MAIN);
    await app.runUntil(async () => (await states(app)).parked === keys.length);

    // They have not waited for a slot: one look has told of the pause, the next has found them.
    expect(app.now() - pausedAt).toBeLessThan(3 * HEARTBEAT_MS);
    expect(ids.filter((id) => atHand.has(id)).length).toBeGreaterThanOrEqual(slots);
    expect(app.order).toEqual(busy);
    for (const id of ids) expect((await app.status(id)).startedAt).toBeUndefined();
    await app.operate("resume", MAIN);
    await app.run();
    expect(await states(app)).toEqual({ completed: slots + keys.length });
    expect(app.order).toEqual([...busy, ...keys]);
  });

  test("leaves other definitions alone, and children of theirs wait", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const { main } = app.exports;
    app.exports = { ...app.exports, other: main };
    await app.begin([]);
    await app.run();
    await app.operate("pause", MAIN);

    const free = await app.start("other", { parts: [work("free")] });
    const parent = await app.start("other", {
      parts: [{ kind: "child", parts: [work("child")] }],
    });
    await app.run();

    expect(await app.status(free)).toMatchObject({ state: "completed" });
    expect(await app.status(parent)).toMatchObject({ state: "running" });
    await app.operate("resume", MAIN);
    await app.run();
    expect(await app.status(parent)).toMatchObject({ result: [["child"]] });
  });

  test("does not keep waits from settling", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const { main } = app.exports;
    app.exports = { ...app.exports, other: main };
    const id = await app.start("other", {
      parts: [{ kind: "child", parts: [work("child", 20_000)] }],
    });
    await app.runUntilWorking("child");

    await app.operate("pause", { definition: "app:other" });
    await app.run();

    const { page } = await app.steps(id);
    expect(page[0]).toMatchObject({ state: "completed" });
    expect((await app.status(id)).state).not.toBe("completed");
    await app.operate("resume", { definition: "app:other" });
    await app.run();
    expect(await app.status(id)).toMatchObject({ result: [["child"]] });
  });

  test.each(STATES)("and its resumption change nothing of one in %s", async (state) => {
    const { app, id } = await reach(state);
    const before = (await reach(state)).app;
    await before.operate("startExecutors");
    await before.run();
    await app.runFor(1);

    await app.inMutation(async (ctx) => app.executor.pause(ctx, workflowRef("main")));
    await app.operate("startExecutors");
    await app.run();
    expect(await app.audit()).toEqual([]);
    expect(await app.rows("claims")).toEqual([]);
    expect((await app.status(id)).state).not.toMatch(/pending|running/);
    await app.inMutation(async (ctx) => app.executor.resume(ctx, workflowRef("main")));
    await app.run();

    expect(await states(app)).toEqual(await states(before));
    expect(app.overlaps).toEqual([]);
  });

  test("a restart of one that is paused is paused too", async () => {
    const app = new WorkApp();
    const id = await app.begin([work("a")]);
    await app.run();
    await app.operate("pause", MAIN);

    await app.inMutation(async (ctx) => app.executor.restart(ctx, id));
    await app.run();
    expect(await app.status(id)).toMatchObject({ state: "parked", generation: 1 });
    await app.operate("resume", MAIN);
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
    expect(app.attemptsOf("a")).toBe(2);
  });

  test("neither unpark nor other code takes up what is paused", async () => {
    const app = new WorkApp();
    await app.begin([]);
    await app.run();
    await app.operate("pause", MAIN);
    const id = await app.begin([work("a")]);

    expect(await app.operate("unpark")).toMatchObject({ settled: 0 });
    app.exports = { ...app.exports, other: app.exports.main };
    await app.start("other", { parts: [] });
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "parked" });
    await app.operate("resume", MAIN);
    await app.run();
  });

  test("resumes many in pages, and stops when it is paused again", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    await app.begin([]);
    await app.run();
    await app.operate("pause", MAIN);
    const items = Array.from({ length: 2 * OPERATOR_PAGE }, () => ({
      args: { parts: [] },
    }));
    await app.startMany("main", items);

    expect(await app.operate("resume", MAIN)).toMatchObject({
      settled: OPERATOR_PAGE,
      continues: true,
    });
    await app.operate("pause", MAIN);
    await app.run();
    expect((await states(app)).parked).toBeGreaterThanOrEqual(OPERATOR_PAGE);
    await app.operate("resume", MAIN);
    await app.run();

    expect(await states(app)).toEqual({ completed: 2 * OPERATOR_PAGE + 1 });
  });
});

describe("pause of everything", () => {
  test("drains, starts nothing, and goes on when resumed", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const id = await app.begin([work("a", 30_000), work("b")]);
    await app.runUntilWorking("a");

    await app.inMutation(async (ctx) => app.executor.pause(ctx));
    const later = await app.begin([work("later")]);
    await app.run();

    expect(app.order).toEqual(["a"]);
    expect(await app.rows("heartbeats")).toEqual([]);
    await app.inMutation(async (ctx) => app.executor.resume(ctx));
    await app.run();
    expect(await app.status(id)).toMatchObject({ result: ["a", "b"] });
    expect(await app.status(later)).toMatchObject({ state: "completed" });
    expect(app.attemptsOf("a")).toBe(1);
  });
});
