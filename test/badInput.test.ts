/** Bad arguments of calls: refused with a clear error before anything is written. */
import { internalActionGeneric } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { ref, TestApp, workflowRef } from "./harness/app.js";
import { catchRefusal } from "./harness/refusal.js";
import { delay } from "./harness/work.js";

const UNKNOWN_ID = "not-an-id";

function createApp() {
  return new TestApp({}, (executor) => ({
    strict: executor
      .define({ args: { n: v.number() }, returns: v.number() })
      .handler(async (step, { n }) => await step.run("same", () => n)),
    lax: executor.define({ returns: v.number() }).handler(async () => "text" as never),
    shout: executor.action({
      args: { text: v.string() },
      returns: v.string(),
      handler: async (_ctx, { text }) =>
        text === "" ? (7 as never) : text.toUpperCase(),
    }),
    shouter: executor
      .define({ args: { text: v.any() } })
      .handler(
        async (step, { text }) =>
          await step
            .runAction(ref<"action">("shout"), { text: text as string })
            .catch((error: { data?: unknown }) => ({ caught: error.data })),
      ),
    parent: executor
      .define({})
      .handler(
        async (step) =>
          await step
            .runWorkflow(workflowRef("strict"), { n: "three" })
            .catch((error: { data?: unknown }) => ({ caught: error.data })),
      ),
    parentOfNone: executor
      .define({})
      .handler(async (step) => await step.runWorkflow(workflowRef("absent"), {})),
  }));
}

/** Everything a refused start might have left behind. */
async function readAll(app: TestApp) {
  const tables = ["workflows", "payloads", "taskQueue", "steps", "seats", "config"];
  return (await Promise.all(tables.map(async (table) => await app.rows(table)))).flat();
}

describe("arguments that fail their validator", () => {
  test("are refused before anything is written", async () => {
    const app = createApp();

    const refusal = await catchRefusal(async () => await app.start("strict", { n: "3" }));

    expect(refusal).toMatchObject({
      code: "INVALID_ARGUMENTS",
      definition: "app:strict",
    });
    expect(refusal.message).toMatch(/app:strict \(item 0\).*n.*number.*string/s);
    expect(await readAll(app)).toEqual([]);
  });

  test("are refused when one is missing, or one too many", async () => {
    const app = createApp();

    const missing = await catchRefusal(async () => await app.start("strict", {}));
    const extra = await catchRefusal(
      async () => await app.start("strict", { n: 1, other: 2 }),
    );

    expect([missing.code, extra.code]).toEqual([
      "INVALID_ARGUMENTS",
      "INVALID_ARGUMENTS",
    ]);
    expect(await readAll(app)).toEqual([]);
  });

  test("in one item of a batch refuse the whole batch and name the item", async () => {
    const app = createApp();
    const items = [{ args: { n: 1 } }, { args: { n: 2 } }, { args: { n: null } }];

    const refusal = await catchRefusal(async () => await app.startMany("strict", items));

    expect(refusal.message).toContain("(item 2)");
    expect(await readAll(app)).toEqual([]);
  });

  test("by hand, as from the dashboard, are refused too", async () => {
    const app = createApp();
    const call = async (args: object) =>
      await app.call("mutation", workflowRef("strict"), args);

    const wrong = await catchRefusal(async () => await call({ args: { n: "x" } }));
    const none = await catchRefusal(async () => await call({}));
    const noItem = await catchRefusal(async () => await call({ batch: [{ arg: 1 }] }));

    expect([wrong.code, none.code]).toEqual(["INVALID_ARGUMENTS", "INVALID_ARGUMENTS"]);
    expect(noItem.message).toMatch(/ArgumentValidationError.*extra field `arg`/);
    expect(await readAll(app)).toEqual([]);
  });

  test("of a child reach the parent's catch, and no step is recorded", async () => {
    const app = createApp();

    const id = await app.start("parent");
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "completed",
      result: { caught: { code: "INVALID_ARGUMENTS", definition: "app:strict" } },
    });
    expect((await app.steps(id)).page).toEqual([]);
    expect(await app.rows("workflows")).toHaveLength(1);
  });

  test("of an in-process action fail the step, catchably", async () => {
    const app = createApp();

    const id = await app.start("shouter", { text: 5 });
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "completed",
      result: { caught: { code: "INVALID_ARGUMENTS" } },
    });
  });

  test("of a workflow nobody defines are no matter: the child is refused by name", async () => {
    const app = createApp();

    const id = await app.start("parentOfNone");
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "failed",
      error: {
        code: "UNKNOWN_DEFINITION",
        message: expect.stringContaining("app:absent"),
      },
    });
  });
});

describe("a return value that fails its validator", () => {
  test("fails the workflow and names it", async () => {
    const app = createApp();

    const id = await app.start("lax");
    await app.run();

    const { state, error } = await app.status(id);
    expect(state).toBe("failed");
    expect(error).toMatchObject({ code: "INVALID_RETURN" });
    expect(error?.message).toMatch(/return value of app:lax.*number.*string/s);
  });

  test("of an in-process action fails the step, catchably", async () => {
    const app = createApp();

    const id = await app.start("shouter", { text: "" });
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "completed",
      result: { caught: { code: "INVALID_RETURN", function: "app:shout" } },
    });
  });
});

describe("an unknown id", () => {
  const calls: [string, (app: TestApp, id: never) => unknown][] = [
    ["getStatus", (app, id) => app.status(id)],
    ["listSteps", (app, id) => app.steps(id)],
    [
      "cancel",
      async (app, id) =>
        await app.inMutation(async (ctx) => await app.executor.cancel(ctx, id)),
    ],
  ];

  test.each(calls)("is refused by %s", async (_name, call) => {
    const app = createApp();

    const refusal = await catchRefusal(async () => await call(app, UNKNOWN_ID as never));

    expect(refusal).toMatchObject({ code: "UNKNOWN_WORKFLOW", workflow: UNKNOWN_ID });
    expect(refusal.message).toContain(`"${UNKNOWN_ID}"`);
  });

  test.each(calls)("of another table is refused by %s", async (_name, call) => {
    const app = createApp();
    await app.start("strict", { n: 1 });
    const [payload] = await app.rows<{ _id: string }>("payloads");

    const refusal = await catchRefusal(
      async () => await call(app, payload!._id as never),
    );

    expect(refusal.code).toBe("UNKNOWN_WORKFLOW");
    await app.run();
  });
});

describe("a key", () => {
  test("with the same arguments answers the workflow that is there", async () => {
    const app = createApp();

    const first = await app.start("strict", { n: 1 }, { key: "one" });
    await app.run();
    const second = await app.start("strict", { n: 1 }, { key: "one" });

    expect(second).toBe(first);
    expect(await app.rows("workflows")).toHaveLength(1);
  });

  test("twice in one batch starts one workflow", async () => {
    const app = createApp();
    const item = { args: { n: 1 }, key: "one" };

    const ids = await app.startMany("strict", [item, { args: { n: 2 } }, item]);
    await app.run();

    expect(ids[2]).toBe(ids[0]);
    expect(await app.rows("workflows")).toHaveLength(2);
  });

  test("with other arguments is refused, and the batch with it", async () => {
    const app = createApp();
    const id = await app.start("strict", { n: 1 }, { key: "one" });
    const items = [{ args: { n: 7 } }, { args: { n: 2 }, key: "one" }];

    const refusal = await catchRefusal(async () => await app.startMany("strict", items));
    await app.run();

    expect(refusal).toMatchObject({ code: "KEY_CONFLICT", key: "one", workflow: id });
    expect(await app.rows("workflows")).toHaveLength(1);
  });

  test("belongs to its definition", async () => {
    const app = createApp();

    const first = await app.start("strict", { n: 1 }, { key: "one" });
    const second = await app.start("parent", {}, { key: "one" });
    await app.run();

    expect(second).not.toBe(first);
  });

  test.each(["", "x".repeat(513)])("of a bad length is refused", async (key) => {
    const app = createApp();

    const refusal = await catchRefusal(
      async () => await app.start("strict", { n: 1 }, { key }),
    );

    expect(refusal).toMatchObject({ code: "INVALID_OPTIONS", option: "key", limit: 512 });
    expect(await readAll(app)).toEqual([]);
  });
});

describe("a priority", () => {
  test.each([Number.NaN, Infinity, -Infinity, 86_400_001])(
    "of %s is refused",
    async (priority) => {
      const app = createApp();

      const refusal = await catchRefusal(
        async () => await app.start("strict", { n: 1 }, { priority }),
      );

      expect(refusal).toMatchObject({ code: "INVALID_OPTIONS", option: "priority" });
      expect(await readAll(app)).toEqual([]);
    },
  );
});

describe("startMany", () => {
  test("of no items starts nothing", async () => {
    const app = createApp();

    expect(await app.startMany("strict", [])).toEqual([]);
    expect(await readAll(app)).toEqual([]);
  });

  test("of 501 in a mutation is refused", async () => {
    const app = createApp();
    const items = Array.from({ length: 501 }, (_, n) => ({ args: { n } }));

    const refusal = await catchRefusal(async () => await app.startMany("strict", items));

    expect(refusal).toMatchObject({ code: "TOO_MANY", actual: 501, limit: 500 });
    expect(refusal.message).toMatch(/Call it from an action/);
    expect(await readAll(app)).toEqual([]);
  });

  test("of more bytes than one mutation may carry is refused", async () => {
    const app = createApp();
    const items = Array.from({ length: 6 }, () => ({
      args: { text: "x".repeat(900_000) },
    }));

    const refusal = await catchRefusal(async () => await app.startMany("shouter", items));

    expect(refusal.code).toBe("TOO_MANY");
    expect(await readAll(app)).toEqual([]);
  });

  test("of 1,200 from an action starts them in pages, in order", async () => {
    const app = createApp();
    const items = Array.from({ length: 1_200 }, (_, n) => ({ args: { n } }));
    const startAll = internalActionGeneric(async (ctx) => {
      // Time stands still in a transaction, but not from one to the next.
      const runMutation: typeof ctx.runMutation = async (...call) => {
        await delay(1);
        return await ctx.runMutation(...call);
      };
      const paging = { ...ctx, runMutation };
      return await app.executor.startMany(paging, workflowRef("strict"), items);
    });
    app.exports = { ...app.exports, startAll };
    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.operate("bumpEpoch"); // what is started stays in its queue
    await app.run();

    const ids = await app.call<string[]>("action", ref<"action">("startAll"));

    expect(new Set(ids).size).toBe(1_200);
    const tasks = await app.rows<{ workflow: string; workflowCreatedAt: number }>(
      "taskQueue",
    );
    const createdAt = new Map(
      tasks.map((task) => [task.workflow, task.workflowCreatedAt]),
    );
    const order = ids.map((id) => createdAt.get(id)!);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });
});
