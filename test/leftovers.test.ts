/** What an end leaves behind goes in pages, none of them above half of a limit (P11, I9). */
import { internalMutationGeneric, defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { vOnCompleteArgs, type WorkflowId } from "../src/client/index.js";
import { LEFTOVERS_PAGE, MiB, TIMER_DOCUMENTS_MAX } from "../src/shared/constants.js";
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

test("a page, and what may follow it in its transaction, is far below half of a limit", () => {
  expect(LEFTOVERS_PAGE + TIMER_DOCUMENTS_MAX).toBeLessThan(8_000);
});
