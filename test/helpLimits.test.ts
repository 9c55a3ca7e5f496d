/** What helpers leave alone, and when nobody is called at all (P18, F2, F3). */
import { mutationGeneric } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import type { WorkflowId } from "../src/client/index.js";
import { resolveShard } from "../src/component/helping.js";
import { MINUTE, QUARANTINE_SEAT, QUARANTINE_SHARD } from "../src/shared/constants.js";
import { ref, TestApp } from "./harness/app.js";
import { aroundFirstHelp, HOT, moveToHotShard, startOnOneShard } from "./harness/help.js";
import { delay, WorkApp, type Part } from "./harness/work.js";

const TWO_SEATS = { shards: 2, seats: 2, slotsPerShard: 2 };
const COUNT = 24;

type WorkflowRow = { _id: WorkflowId; definition: string; shard: number; state: string };
type QueueRow = { _id: string; workflowCreatedAt: number };

function works(count = COUNT): { args: { parts: Part[] } }[] {
  return Array.from({ length: count }, (_, n) => ({
    args: { parts: [{ kind: "work" as const, key: `w${n}`, ms: 2_000 }] },
  }));
}

async function listMoved(app: TestApp): Promise<WorkflowRow[]> {
  const rows = await app.rows<WorkflowRow>("workflows");
  return rows.filter(({ shard }) => shard !== HOT);
}

describe("a helper", () => {
  test("leaves what its owner takes next, and no more", async () => {
    const slots = 16;
    const app = new WorkApp({ ...TWO_SEATS, slotsPerShard: slots });
    const places: number[] = [];
    let skip = 0;
    aroundFirstHelp(app, "onCall", async ({ entries }) => {
      const [call] = await app.rows<{ behind: { skip: number }[] }>("helpCalls");
      skip = call!.behind[0]!.skip;
      const queue = await app.rows<QueueRow>("taskQueue");
      const order = queue
        .sort((a, b) => a.workflowCreatedAt - b.workflowCreatedAt)
        .map(({ _id }) => _id);
      for (const { operations } of entries)
        for (const one of operations)
          if (one.op === "claimTask") places.push(order.indexOf(one.task));
    });

    await startOnOneShard(app, works(6 * slots));
    await app.run();

    expect(skip).toBe(slots);
    expect(places).toHaveLength(slots / 2);
    expect(Math.min(...places)).toBeGreaterThanOrEqual(skip);
  });

  test("leaves workflows with a gate of their own", async () => {
    const app = new TestApp(TWO_SEATS, (executor) => {
      const define = (options: object) =>
        executor.define({ args: { n: v.number() }, ...options }).handler(async (step) =>
          step.run("work", async () => {
            await delay(2_000);
            return null;
          }),
        );
      return { main: define({}), gated: define({ gate: { key: "g", concurrency: 2 } }) };
    });
    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.operate("bumpEpoch");
    await app.run();
    for (const name of ["gated", "main"])
      await app.startMany(
        name,
        Array.from({ length: COUNT }, (_, n) => ({ args: { n } })),
      );
    await moveToHotShard(app);

    await app.operate("startExecutors");
    await app.run();

    const moved = (await listMoved(app)).map(({ definition }) => definition);
    expect(new Set(moved)).toEqual(new Set(["app:main"]));
    const rows = await app.rows<WorkflowRow>("workflows");
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(["completed"]));
  });

  test("ends what it has moved on its own shard, with the callback", async () => {
    const app = new TestApp(TWO_SEATS, (executor) => ({
      told: mutationGeneric({ args: { call: v.any() }, handler: async () => null }),
      main: executor
        .define({ args: { ms: v.number() } })
        .handler(async (step, { ms }) => {
          if (ms > 0) await step.run("work", async () => (await delay(ms), null));
        }),
    }));
    const seen: { isMoved: boolean; isThere: boolean }[] = [];
    aroundFirstHelp(app, "onAnswer", async () => {
      const moved = new Set((await listMoved(app)).map(({ _id }) => _id));
      type Row = { workflow: WorkflowId; shard: number };
      for (const { workflow, shard } of await app.rows<Row>("outbox"))
        seen.push({ isMoved: moved.has(workflow), isThere: shard !== HOT });
    });

    const onComplete = ref<"mutation">("told");
    const items = Array.from({ length: COUNT }, (_, n) => ({
      args: { ms: n < COUNT / 2 ? 20_000 : 0 },
      onComplete,
    }));
    await startOnOneShard(app, items as never);
    await app.run();

    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen.map(({ isMoved, isThere }) => isMoved === isThere))).toEqual(
      new Set([true]),
    );
  });

  test("takes nothing into quarantine, or out of it", () => {
    const workflow = "w" as WorkflowId as never;
    const seat = (number: number, shards: number[]) =>
      ({ seat: number, shards }) as Parameters<typeof resolveShard>[0];

    const own = resolveShard(seat(1, [1, 3]), { shard: 0, workflow });
    expect([1, 3]).toContain(own);
    expect(resolveShard(seat(1, [1, 3]), { shard: 3, workflow })).toBe(3);
    const quarantine = seat(QUARANTINE_SEAT, [QUARANTINE_SHARD]);
    expect(resolveShard(quarantine, { shard: 0, workflow })).toBe(null);
    expect(resolveShard(seat(1, [1]), { shard: QUARANTINE_SHARD, workflow })).toBe(null);
    expect(resolveShard(seat(1, []), { shard: 0, workflow })).toBe(null);
  });
});

describe("a call", () => {
  test("that could not be taken back goes when its executor retires", async () => {
    const app = new WorkApp(TWO_SEATS);
    app.faults.onCall = (name, args) => {
      const { behind } = args as { behind?: unknown[] };
      if (name === "executor:call" && behind?.length === 0) throw new Error("no answer");
    };

    await startOnOneShard(app, works());
    await app.run();

    expect(await listMoved(app)).not.toEqual([]);
    expect(await app.rows("helpCalls")).toEqual([]);
  });

  test("of an executor that has crashed is taken back by its successor", async () => {
    const app = new WorkApp(TWO_SEATS);
    const seen = aroundFirstHelp(app, "onAnswer", async ({ index }) => {
      expect(await app.rows("helpCalls")).toHaveLength(1);
      for (let other = 0; other < index; other += 1) app.faults.crash(other);
    });

    await startOnOneShard(app, works());
    await app.run();

    expect(seen.happened).toBe(true);
    expect(await app.rows("helpCalls")).toEqual([]);
    const rows = await app.rows<WorkflowRow>("workflows");
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(["completed"]));
  });
});

describe("a seat whose executors die", () => {
  test("is not called, and does not help", async () => {
    const app = new WorkApp(TWO_SEATS);
    await startOnOneShard(app, works());
    await app.inComponent(async (db) => {
      for (const { _id, seat } of await db.query("seats").collect())
        if (seat !== HOT) await db.patch(_id, { deaths: 1 });
    });
    await app.run();

    expect(await listMoved(app)).toEqual([]);
    expect(app.faults.count("executor:call")).toBe(0);
  });
});

describe("startMany", () => {
  test("deals to the shards in turn, so that nobody needs help", async () => {
    const app = new WorkApp({ shards: 4, seats: 4, slotsPerShard: 2 });

    await app.startMany("main", works(4 * COUNT));
    await app.run();

    const rows = await app.rows<WorkflowRow>("workflows");
    for (const shard of [0, 1, 2, 3])
      expect(rows.filter((row) => row.shard === shard)).toHaveLength(COUNT);
    expect(app.faults.count("executor:call")).toBe(0);
  });
});

describe("where nobody is idle", () => {
  test("nobody calls, and nobody waits longer or pays more for it", async () => {
    const app = new WorkApp(TWO_SEATS);
    const parts = [{ kind: "work" as const, key: "w", ms: 1_000 }];
    await app.startMany(
      "main",
      Array.from({ length: 4 * COUNT }, () => ({ args: { parts } })),
    );
    const seen: unknown[] = [];
    app.faults.onAnswer = async () => void seen.push(...(await app.rows("helpCalls")));

    await app.run();

    expect(app.faults.count("executor:call")).toBe(0);
    expect(seen).toEqual([]);
    const before = Object.fromEntries(app.faults.counts);
    await app.runFor(10 * MINUTE);
    expect(Object.fromEntries(app.faults.counts)).toEqual(before);
  });
});
