/** What an end leaves behind goes in pages, none of them above half of a limit (P11, I9). */
import { internalMutationGeneric, defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { vOnCompleteArgs, type WorkflowId } from "../src/client/index.js";
import type { Entry } from "../src/shared/commit.js";
import {
  LEFTOVERS_INLINE,
  LEFTOVERS_PAGE,
  MiB,
  TIMER_DOCUMENTS_MAX,
} from "../src/shared/constants.js";
import { ref, TestApp } from "./harness/app.js";

const schema = defineSchema({ told: defineTable(v.any()) });

/** Half of what the platform allows: whatever takes more fails here (I9). */
const HALF = {
  bytesRead: 8 * MiB,
  bytesWritten: 8 * MiB,
  databaseQueries: 2_048,
  documentsRead: 16_000,
  documentsWritten: 8_000,
  functionsScheduled: 500,
  scheduledFunctionArgsBytes: 8 * MiB,
};

function createApp() {
  const deployment = { limits: { transaction: HALF } };
  const app = new TestApp({ schema, shards: 1, seats: 1, deployment }, (executor) => ({
    done: internalMutationGeneric({
      args: vOnCompleteArgs(),
      handler: async (ctx, args) => void (await ctx.db.insert("told", args)),
    }),
    leaf: executor.define({}).handler(async (step) => await step.sleep(60_000)),
    wide: executor
      .define({ args: { count: v.number() } })
      .handler(
        async (step, { count }) =>
          await Promise.all(
            Array.from({ length: count }, async () => await step.sleep(3_600_000)),
          ),
      ),
    listening: executor
      .define({ args: { count: v.number() } })
      .handler(
        async (step, { count }) =>
          await Promise.all(
            Array.from({ length: count }, async (_, n) =>
              step.awaitEvent({ name: `e${n}` }),
            ),
          ),
      ),
    end: executor.define({}).handler(async (step) => await step.sleep(240_000)),
  }));
  return app;
}

/** Gives a workflow children as a very wide race would, which all lost. */
async function addChildren(app: TestApp, id: WorkflowId, count: number): Promise<void> {
  for (let from = 0; from < count; from += 1_000) {
    await app.inComponent(async (db) => {
      const args = await db.insert("payloads", { value: {} });
      for (let number = from; number < from + 1_000; number += 1) {
        const fields = { definition: "app:leaf", shard: 0, generation: 0 };
        const place = { ...fields, workflowCreatedAt: Date.now() + 1 };
        const parent = { workflow: id, generation: 0, number };
        const child = { ...place, state: "pending", args, parent };
        const workflow = await db.insert("workflows", child);
        await db.insert("taskQueue", { ...place, workflow });
      }
    });
  }
}

describe("an end with ten thousand children", () => {
  test("is fixed at once; they are canceled in pages, and then it is told", async () => {
    const app = createApp();
    const onComplete = ref<"mutation">("done");
    const id = await app.start("end", {}, { onComplete });
    await app.runUntil(async () => (await app.rows("claims")).length === 1);
    await app.operate("bumpEpoch");
    await addChildren(app, id, 10_000);

    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id, { force: true }));
    expect((await app.status(id)).state).toBe("canceled");
    expect(await app.rows("outbox")).toMatchObject([{ state: "held" }]);
    await app.operate("startExecutors");
    await app.run();

    const states = (await app.rows<{ state: string }>("workflows")).map(
      (one) => one.state,
    );
    expect(states.filter((state) => state === "canceled")).toHaveLength(10_001);
    expect(await app.rows("told", "")).toHaveLength(1);
    expect(await app.rows("timers")).toEqual([]);
  }, 240_000);
});

describe("a cancel of four thousand open steps", () => {
  test("settles them in pages, and nobody takes it up in between", async () => {
    const app = createApp();
    const id = await app.start("wide", { count: 4_000 });
    await app.runUntil(async () => (await app.rows("timers")).length === 4_000);

    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id));
    await app.run();

    expect((await app.status(id)).state).toBe("canceled");
    const steps = await app.rows<{ outcome?: { error?: { code?: string } } }>("steps");
    const codes = new Set(steps.map(({ outcome }) => outcome?.error?.code));
    expect(codes).toEqual(new Set(["CANCELED"]));
    expect(await app.rows("timers")).toEqual([]);
  }, 240_000);
});

describe("a cancel that has settled no more than a part", () => {
  test.each([
    { of: "wide", table: "timers" },
    { of: "listening", table: "eventWaiters" },
  ])("of a $of workflow waits for an executor, and is no trouble", async (kind) => {
    const app = createApp();
    const count = 3 * LEFTOVERS_INLINE;
    const id = await app.start(kind.of, { count });
    await app.runUntil(async () => (await app.rows(kind.table)).length === count);
    await app.operate("bumpEpoch");

    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id));
    await app.run();

    const rows = await app.rows<{ number?: number }>(kind.table);
    const left = rows.filter(({ number }) => number !== undefined);
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(count);
    expect(await app.audit()).toEqual([]);
    await app.operate("startExecutors");
    await app.run();
    expect((await app.status(id)).state).toBe("canceled");
  });
});

/** Events that settle a workflow's waits, and its end in the same transaction. */
async function endSignalled(app: TestApp, count: number): Promise<WorkflowId> {
  const id = await app.start("listening", { count });
  await app.runUntil(async () => (await app.rows("eventWaiters")).length === count);
  await app.inMutation(async (ctx) => {
    for (let n = 0; n < 2 * LEFTOVERS_INLINE; n += 1)
      await app.executor.sendEvent(ctx, { workflowId: id, name: `e${n}`, value: n });
    await app.executor.cancel(ctx, id, { force: true });
  });
  return id;
}

describe("signals that an end leaves behind", () => {
  test("are known to the audit, and nobody replays their workflow for them", async () => {
    const app = createApp();
    await endSignalled(app, 3 * LEFTOVERS_INLINE);
    const read = app.faults.count("executor:journals");
    expect(await app.rows("replayQueue")).not.toEqual([]);
    expect(await app.audit()).toEqual([]);
    const replayed: unknown[] = [];
    app.faults.onCall = (name, args) => {
      if (name !== "executor:commit") return;
      const { entries } = args as { entries: Entry[] };
      replayed.push(...entries.filter((one) => one.operations[0]?.op === "claimReplay"));
    };

    // Before a page of them is removed, executors have long seen them.
    app.faults.add({ on: "executor:fireTimers", when: "before", times: 3 });
    await app.run();

    expect(app.faults.count("executor:journals")).toBeGreaterThan(read);
    expect(replayed).toEqual([]);
    expect(await app.rows("replayQueue")).toEqual([]);
  });

  test("of a generation go with it, though the next one ends before", async () => {
    const app = createApp();
    const id = await endSignalled(app, 6 * LEFTOVERS_INLINE);

    await app.inMutation(async (ctx) => {
      await app.executor.restart(ctx, id);
      await app.executor.cancel(ctx, id, { force: true });
    });
    expect(await app.audit()).toEqual([]);
    await app.run();

    for (const table of ["timers", "replayQueue", "eventWaiters", "mailboxes"])
      expect([table, await app.rows(table)]).toEqual([table, []]);
  });
});

test("a page, and what may follow it in its transaction, is far below half of a limit", () => {
  expect(LEFTOVERS_PAGE + TIMER_DOCUMENTS_MAX).toBeLessThan(8_000);
});
