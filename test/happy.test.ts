/** The main path: workflows start, run their steps, and finish. */
import { actionGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { ref, TestApp, workflowRef } from "./harness/app.js";

function createApp() {
  const calls: string[] = [];
  const app = new TestApp({}, (executor) => ({
    double: queryGeneric({
      args: { n: v.number() },
      handler: async (_ctx, { n }) => n * 2,
    }),
    note: mutationGeneric({
      args: { text: v.string() },
      handler: async (_ctx, { text }) => {
        calls.push(text);
        return text.length;
      },
    }),
    shout: actionGeneric({
      args: { text: v.string() },
      handler: async (_ctx, { text }) => text.toUpperCase(),
    }),
    greet: executor.action({
      args: { name: v.string() },
      returns: v.string(),
      handler: async (ctx, { name }) => `hello ${name} ${ctx.attempt}`,
    }),
    main: executor
      .define({ args: { n: v.number() }, returns: v.any() })
      .handler(async (step, { n }) => {
        const doubled = await step.runQuery(ref<"query">("double"), { n });
        const [noted, shouted, greeted] = await Promise.all([
          step.runMutation(ref<"mutation">("note"), { text: `n${n}` }),
          step.runAction(ref<"action">("shout"), { text: "hey" }),
          step.runAction(ref<"action">("greet"), { name: "you" }),
        ]);
        const inline = await step.run("inline", () => doubled + 1);
        await step.sleep(5_000);
        return { doubled, noted, shouted, greeted, inline };
      }),
    parent: executor.define({ args: {} }).handler(async (step) => {
      const child: unknown = await step.runWorkflow(workflowRef("main"), { n: 7 });
      return { child };
    }),
  }));
  return { app, calls };
}

describe("a workflow", () => {
  test("runs every kind of step and completes with its result", async () => {
    const { app, calls } = createApp();

    const id = await app.start("main", { n: 3 });
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "completed",
      result: { doubled: 6, noted: 2, shouted: "HEY", greeted: "hello you 1", inline: 7 },
    });
    expect(calls).toEqual(["n3"]);
  });

  test("waits for a child without being held by anybody", async () => {
    const { app } = createApp();

    const id = await app.start("parent");
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "completed",
      result: { child: { doubled: 14 } },
    });
  });
});

describe("executors", () => {
  test("retire when there is nothing left, and nothing is scheduled then", async () => {
    const { app } = createApp();

    await app.startMany(
      "main",
      [1, 2, 3].map((n) => ({ args: { n } })),
    );
    await app.run();

    expect(await app.rows("heartbeats")).toEqual([]);
    expect(await app.rows("claims")).toEqual([]);
    const seats = await app.rows<{ state: string }>("seats");
    expect(seats.map(({ state }) => state)).toEqual(["idle", "idle"]);
  });
});
