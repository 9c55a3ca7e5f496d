/** What an app can see of workflows and steps: getStatus, list, listSteps. */
import { describe, expect, test } from "vitest";
import type { ListArgs, WorkflowId } from "../src/client/index.js";
import { TestApp, workflowRef } from "./harness/app.js";

function createApp() {
  let open!: (value: string) => void;
  const opened = new Promise<string>((resolve) => {
    open = resolve;
  });
  const app = new TestApp({ shards: 1 }, (executor) => ({
    good: executor.define({}).handler(async (step) => await step.run("a", () => "a")),
    bad: executor.define({}).handler(async () => {
      throw new Error("bad");
    }),
    many: executor.define({}).handler(async (step) => {
      for (let n = 0; n < 7; n += 1) await step.run(`step ${n}`, () => n);
    }),
    busy: executor
      .define({})
      .handler(
        async (step) =>
          await Promise.all([
            step.run("waits for the test", () => opened),
            step.sleep(200_000, { name: "a nap" }),
            step
              .runWorkflow(workflowRef("good"), {})
              .then(() => step.run("next", () => opened)),
          ]),
      ),
  }));
  const { reader: ctx } = app;
  const list = async (args: ListArgs = {}) => {
    const all: WorkflowId[] = [];
    let pages = 0;
    for (let cursor: string | null | undefined; cursor !== null; pages += 1) {
      const answer = await app.executor.list(ctx, { ...args, cursor });
      all.push(...answer.page.map(({ id }) => id));
      cursor = answer.cursor;
    }
    return { ids: all, pages };
  };
  return { app, open, list, ctx };
}

describe("getStatus", () => {
  test("of a workflow that has not begun says so", async () => {
    const { app } = createApp();
    const id = await app.start("good", {}, { key: "k" });

    const status = await app.status(id);
    await app.run();

    expect(status).toMatchObject({
      id,
      definition: "app:good",
      state: "pending",
      generation: 0,
      key: "k",
      running: [],
    });
    expect(status).not.toHaveProperty("startedAt");
    expect(status).not.toHaveProperty("result");
  });

  test("of a running workflow names its open steps", async () => {
    const { app, open } = createApp();
    const id = await app.start("busy");
    await app.runFor(5_000);

    const { state, running } = await app.status(id);
    open("on");
    await app.run();

    expect(state).toBe("running");
    expect(running).toMatchObject([
      { number: 0, name: "waits for the test", kind: "run", attempts: 1 },
      { number: 1, name: "a nap", kind: "sleep", dueAt: expect.any(Number) },
      { number: 3, name: "next", kind: "run", attempts: 1 },
    ]);
  });

  test("of a finished workflow has its times and its result", async () => {
    const { app } = createApp();
    const id = await app.start("good");
    await app.run();

    const { createdAt, startedAt, finishedAt, result, running } = await app.status(id);

    expect(createdAt).toBeLessThanOrEqual(startedAt! + 1);
    expect(startedAt).toBeLessThanOrEqual(finishedAt!);
    expect({ result, running }).toEqual({ result: "a", running: [] });
  });
});

describe("list", () => {
  async function createThree() {
    const context = createApp();
    const { app } = context;
    const first = await app.start("good");
    const second = await app.start("bad");
    const third = await app.start("good");
    await app.run();
    const fourth = await app.start("good");
    return { ...context, first, second, third, fourth };
  }

  test("gives all workflows, oldest first or newest first", async () => {
    const { list, first, second, third, fourth } = await createThree();

    expect((await list()).ids).toEqual([first, second, third, fourth]);
    expect((await list({ order: "desc" })).ids).toEqual([fourth, third, second, first]);
  });

  test("by definition, by state, or by both", async () => {
    const { list, first, second, third, fourth } = await createThree();
    const definition = "app:good";

    expect((await list({ definition })).ids).toEqual([first, third, fourth]);
    expect((await list({ state: "failed" })).ids).toEqual([second]);
    expect((await list({ definition, state: "completed" })).ids).toEqual([first, third]);
    expect((await list({ definition, state: "failed" })).ids).toEqual([]);
    expect((await list({ definition: "app:none" })).ids).toEqual([]);
  });

  test.each<ListArgs>([{}, { order: "desc" }, { definition: "app:good" }])(
    "in pages of %j gives every workflow once",
    async (args) => {
      const { app, list } = createApp();
      const started = await app.startMany(
        "good",
        Array.from({ length: 7 }, () => ({ args: {} })),
      );
      await app.run();

      const { ids, pages } = await list({ ...args, limit: 3 });

      expect(pages).toBeGreaterThanOrEqual(3);
      expect([...ids].sort()).toEqual([...started].sort());
    },
  );

  test("by definition is in the order of creation, whatever the states are", async () => {
    const { app, list } = createApp();
    const completed = await app.start("good");
    await app.run();
    const canceled = await app.start("good");
    await app.inMutation(async (ctx) => await app.executor.cancel(ctx, canceled));
    const pending = await app.start("good");

    const { ids } = await list({ definition: "app:good" });

    expect(ids).toEqual([completed, canceled, pending]);
  });
});

describe("listSteps", () => {
  test("gives the steps in their order, page by page", async () => {
    const { app, ctx } = createApp();
    const id = await app.start("many");
    await app.run();
    const names: string[] = [];

    for (let cursor: string | null | undefined; cursor !== null;) {
      const answer = await app.executor.listSteps(ctx, {
        workflow: id,
        limit: 3,
        cursor,
      });
      names.push(...answer.page.map(({ name }) => name));
      cursor = answer.cursor;
    }

    expect(names).toEqual(Array.from({ length: 7 }, (_, n) => `step ${n}`));
  });

  test("gives outcomes, attempts and previews", async () => {
    const { app } = createApp();
    const id = await app.start("good");
    await app.run();

    expect((await app.steps(id)).page).toMatchObject([
      {
        number: 0,
        name: "a",
        kind: "run",
        state: "completed",
        attempts: 1,
        failures: 0,
        outcome: { kind: "completed", value: "a" },
      },
    ]);
  });
});
