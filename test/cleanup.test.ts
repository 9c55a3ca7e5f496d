/** Finished workflows are deleted with all that belongs to them, in bounded pages. */
import { mutationGeneric } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { CLEANUP_PAGE, DAY, MINUTE } from "../src/shared/constants.js";
import type { WorkflowId } from "../src/client/index.js";
import { ref, TestApp, workflowRef } from "./harness/app.js";
import { catchRefusal } from "./harness/refusal.js";
import { WorkApp, type Part } from "./harness/work.js";

const work = (key: string, ms = 10): Part => ({ kind: "work", key, ms });
/** Tables that belong to workflows; the others belong to the deployment. */
const TABLES = ["workflows", "payloads", "steps", "timers", "outbox"].concat(
  ["taskQueue", "replayQueue", "claims"],
  ["mailboxes", "events", "eventIds", "eventWaiters", "statuses"],
);

async function countRows(app: TestApp): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of TABLES) {
    const { length } = await app.rows(table);
    if (length > 0) counts[table] = length;
  }
  return counts;
}

async function cleanup(app: TestApp, id: WorkflowId, options: object = {}) {
  await app.inMutation(async (ctx) => app.executor.cleanup(ctx, id, options));
}

describe("cleanup", () => {
  test("leaves nothing of a workflow, its children and its generations", async () => {
    const app = new WorkApp();
    const child: Part = {
      kind: "child",
      parts: [work("b"), { kind: "charge", key: "c" }],
    };
    const id = await app.begin([work("a"), { kind: "child", parts: [child] }]);
    await app.run();
    await app.inMutation(async (ctx) => app.executor.restart(ctx, id, { fromStep: 1 }));
    await app.run();
    expect(await countRows(app)).toMatchObject({ workflows: 5 });

    await cleanup(app, id);

    expect(await countRows(app)).toEqual({});
    await app.run();
    const error = await catchRefusal(async () => app.status(id));
    expect(error).toMatchObject({ code: "UNKNOWN_WORKFLOW" });
  });

  test("frees the key", async () => {
    const app = new WorkApp();
    const id = await app.begin([], { key: "one" });
    await app.run();

    await cleanup(app, id);

    expect(await app.begin([], { key: "one" })).not.toBe(id);
    await app.run();
  });

  test("is refused while the workflow has not finished", async () => {
    const app = new WorkApp();
    const id = await app.begin([work("a")]);

    const error = await catchRefusal(async () => cleanup(app, id));

    expect(error).toMatchObject({ code: "CLEANUP_REFUSED", state: "pending" });
    await app.run();
    expect((await app.status(id)).state).toBe("completed");
  });

  test("with cancel ends what runs, and deletes it then", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const id = await app.begin([{ kind: "child", parts: [work("long", 60_000)] }]);
    await app.runUntilWorking("long");

    await cleanup(app, id, { cancel: true });
    await app.run();

    expect(await countRows(app)).toEqual({});
    expect(app.attempts[0]?.isAborted).toBe(true);
  });

  test("of ten thousand steps goes in pages within half of each limit", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const id = await app.begin([work("a")]);
    await app.run();
    const count = 10_000;
    await app.inComponent(async (db) => {
      const [{ _id, _creationTime, ...step }] = (await db.query("steps").collect()) as [
        { _id: unknown; _creationTime: number; number: number },
      ];
      for (let number = 1; number < count; number += 1)
        await db.insert("steps", { ...step, number });
    });
    const sizes: number[] = [];
    let before = count;
    app.faults.onAnswer = async (name) => {
      if (name !== "executor:fireTimers") return;
      const { length } = await app.rows("steps");
      sizes.push(before - length);
      before = length;
    };

    await cleanup(app, id);
    before = (await app.rows("steps")).length;
    expect(before).toBe(count - CLEANUP_PAGE);
    const refused = await catchRefusal(async () =>
      app.inMutation(async (ctx) => app.executor.restart(ctx, id)),
    );
    await app.run();

    expect(refused).toMatchObject({ code: "RESTART_REFUSED" });
    expect(refused.message).toContain("it is being deleted");
    expect(await countRows(app)).toEqual({});
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2 * CLEANUP_PAGE);
    expect(sizes.length).toBeGreaterThanOrEqual(count / CLEANUP_PAGE / 2 - 1);
  });

  test("of ten thousand children goes in pages", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const id = await app.begin([{ kind: "child", parts: [work("a")] }]);
    await app.run();
    for (let batch = 0; batch < 4; batch += 1) {
      await app.inComponent(async (db) => {
        const workflows = await db.query("workflows").collect();
        const { _id, _creationTime, ...child } = workflows.find(({ parent }) => parent)!;
        for (let count = 0; count < 2_500; count += 1) {
          const args = await db.insert("payloads", { value: { count } });
          await db.insert("workflows", { ...child, args, result: undefined });
        }
      });
    }
    expect((await countRows(app)).workflows).toBe(10_002);

    await cleanup(app, id);
    expect((await countRows(app)).workflows).toBeGreaterThan(9_000);
    await app.run();

    expect(await countRows(app)).toEqual({});
  });

  test("goes down a deep line of children", async () => {
    const app = new TestApp({ shards: 1, seats: 1 }, (executor) => ({
      main: executor
        .define({ args: { depth: v.number() } })
        .handler(async (step, { depth }): Promise<void> => {
          if (depth > 0)
            await step.runWorkflow(workflowRef("main"), { depth: depth - 1 });
        }),
    }));
    const id = await app.start("main", { depth: 150 });
    await app.run();

    await cleanup(app, id);
    await app.run();

    expect(await countRows(app)).toEqual({});
  });
});

test("cleanup leaves nothing of events and statuses", async () => {
  const app = new TestApp({ shards: 1, seats: 1 }, (executor) => ({
    main: executor.define({}).handler(async (step) => {
      step.setStatus("waiting");
      await step.awaitEvent({ name: "one" });
    }),
  }));
  const id = await app.start("main");
  const send = async (name: string) =>
    await app.inMutation(async (ctx) =>
      app.executor.sendEvent(ctx, { workflowId: id, name, value: name }),
    );
  await send("other");
  await app.runFor(100);
  await send("one");
  await app.run();
  expect((await app.status(id)).state).toBe("completed");
  expect(await countRows(app)).toMatchObject({ statuses: 1 });

  await cleanup(app, id);
  await app.run();

  expect(await countRows(app)).toEqual({});
});

describe("retention", () => {
  test.each([
    ["the executor", { retentionMs: MINUTE }, undefined, undefined],
    ["the definition", { retentionMs: DAY }, MINUTE, undefined],
    ["the start", { retentionMs: DAY }, DAY, MINUTE],
  ])("given by %s deletes after that time", async (_by, options, defined, started) => {
    const app = new TestApp(options, (executor) => ({
      main: executor
        .define(defined === undefined ? {} : { retentionMs: defined })
        .handler(async (step) => await step.run("a", () => 1)),
    }));
    await app.start("main", {}, started === undefined ? {} : { retentionMs: started });
    await app.runUntil(async () => {
      const [row] = await app.rows<{ state: string }>("workflows");
      return row?.state === "completed";
    });
    const finishedAt = app.now();

    await app.runFor(MINUTE - 10);
    expect(await app.rows("workflows")).toHaveLength(1);
    expect(await app.rows("heartbeats")).toEqual([]);
    await app.runUntil(async () => (await app.rows("workflows")).length === 0);

    expect(app.now() - finishedAt).toBeLessThan(MINUTE + 1_000);
    expect(await countRows(app)).toEqual({});
    await app.run();
  });

  test("without it keeps for ever, at no cost", async () => {
    const app = new WorkApp();
    await app.begin([work("a")]);
    await app.run();

    expect(await app.rows("workflows")).toHaveLength(1);
    expect(await app.rows("timers")).toEqual([]);
  });

  test("begins anew when a restarted workflow ends", async () => {
    const app = new WorkApp({ retentionMs: MINUTE });
    const id = await app.begin([work("a", 1_000)]);
    await app.runUntil(async () => (await app.status(id)).state === "completed");
    await app.runFor(MINUTE / 2);

    await app.inMutation(async (ctx) => app.executor.restart(ctx, id));
    await app.runUntil(async () => (await app.status(id)).state === "completed");
    await app.runFor(MINUTE - 2_000);
    expect(await app.rows("workflows")).toHaveLength(1);
    await app.run();

    expect(await countRows(app)).toEqual({});
  });

  test.each([-1, 1_001 * DAY, Number.NaN])("of %d is refused", async (retentionMs) => {
    const app = new WorkApp();

    const error = await catchRefusal(async () =>
      app.start("main", { parts: [] }, { retentionMs }),
    );

    expect(error).toMatchObject({ code: "INVALID_OPTIONS", option: "retentionMs" });
    expect(await countRows(app)).toEqual({});
  });

  test("waits for the callback of a workflow, and comes back", async () => {
    const app = new TestApp({ shards: 1, seats: 1 }, (executor) => ({
      main: executor.define({}).handler(async () => "done"),
      noted: mutationGeneric({
        handler: async () => {
          throw new Error("never");
        },
      }),
    }));
    const onComplete = ref<"mutation">("noted") as never;
    await app.start("main", {}, { onComplete, retentionMs: 0 });
    await app.runFor(DAY);
    expect(await app.rows("workflows")).toHaveLength(1);

    // What a delivery does.
    await app.inComponent(async (db) => {
      for (const { _id } of await db.query("outbox").collect()) await db.delete(_id);
    });
    await app.run();

    expect(await countRows(app)).toEqual({});
  });
});
