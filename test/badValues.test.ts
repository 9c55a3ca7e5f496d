/** Values that cannot be stored: the step or the call fails, the workflow goes on. */
import { v } from "convex/values";
import { mutationGeneric, queryGeneric } from "convex/server";
import { describe, expect, test } from "vitest";
import type { Executor, StepContext } from "../src/client/index.js";
import { ref, TestApp } from "./harness/app.js";
import { catchRefusal } from "./harness/refusal.js";

/** More than a document holds, less than a function may return. */
const TOO_LARGE = "x".repeat(1_100_000);
const LONE_SURROGATE = "\ud83d!";

type Caught = { caught?: Record<string, unknown>; value?: unknown };

/** Runs code in a step, and goes on with another step whatever becomes of it. */
function createApp(body: (step: StepContext) => Promise<unknown>) {
  const define = (executor: Executor) => ({
    big: queryGeneric({ handler: async () => TOO_LARGE }),
    bigMutation: mutationGeneric({ handler: async () => TOO_LARGE }),
    shout: executor.action({
      args: { text: v.any() },
      handler: (_ctx, { text }) => text,
    }),
    main: executor.define({}).handler(async (step): Promise<Caught> => {
      const caught = await body(step).then(
        (value) => ({ value }),
        ({ name, code, message, data }: Record<string, unknown>) => ({
          caught: { name, code, message, data },
        }),
      );
      await step.run("and on", () => "goes on");
      return caught as Caught;
    }),
    raw: executor.define({}).handler(body),
    take: executor.define({ args: { value: v.any() } }).handler(async () => null),
  });
  return new TestApp({}, define);
}

async function runMain(app: TestApp): Promise<Caught> {
  const id = await app.start("main");
  await app.run();
  const status = await app.status(id);
  expect(status).toMatchObject({ state: "completed" });
  return status.result as Caught;
}

describe("a value over the document limit", () => {
  const steps: [string, (step: StepContext) => Promise<unknown>][] = [
    ["of inline code", async (step) => await step.run("big", () => TOO_LARGE)],
    ["of a query", async (step) => await step.runQuery(ref<"query">("big"))],
    [
      "of a mutation",
      async (step) => await step.runMutation(ref<"mutation">("bigMutation")),
    ],
  ];

  test.each(steps)("as the result %s fails the step, catchably", async (_name, body) => {
    const app = createApp(body);

    const { caught } = await runMain(app);

    expect(caught).toMatchObject({ code: "VALUE_REJECTED" });
    expect(caught?.message).toMatch(
      /result of step ".*" is too large \(11000\d\d bytes > limit 983040\).*pass its id.*begins: "xxx/,
    );
  });

  test("is not tried again: it would be as large", async () => {
    let calls = 0;
    const app = createApp(
      async (step) => await step.run("big", () => (calls++, TOO_LARGE), { retry: true }),
    );

    await runMain(app);

    expect(calls).toBe(1);
  });

  test("as the result of a workflow fails it, with a preview", async () => {
    const app = createApp(async () => TOO_LARGE);

    const id = await app.start("raw");
    await app.run();

    const { state, error } = await app.status(id);
    expect(state).toBe("failed");
    expect(error).toMatchObject({ code: "VALUE_REJECTED" });
    expect(error?.message).toMatch(/result of app:main|result of app:raw/);
    expect(error!.message.length).toBeLessThan(1_000);
  });

  test("as arguments of a step fails the step before it is recorded", async () => {
    const app = createApp(
      async (step) => await step.runAction(ref<"action">("shout"), { text: TOO_LARGE }),
    );

    const { caught } = await runMain(app);

    expect(caught?.data).toMatchObject({
      code: "VALUE_REJECTED",
      function: "app:shout",
      limit: 983_040,
      message: expect.stringMatching(
        /argument object of app:shout.*bytes > limit.*begins: \{/,
      ),
    });
    const steps = await app.rows<{ name: string }>("steps");
    expect(steps.map(({ name }) => name)).toEqual(["and on"]);
  });

  test("as arguments of a start is refused before anything is written", async () => {
    const app = createApp(async () => null);

    const refusal = await catchRefusal(
      async () => await app.start("take", { value: TOO_LARGE }),
    );

    expect(refusal).toMatchObject({ code: "VALUE_REJECTED", function: "app:take" });
    expect(refusal.message).toMatch(/bytes > limit 983040.*begins: \{"value":"xxx/);
    expect(await app.rows("payloads")).toEqual([]);
  });
});

describe("a value that is no Convex value", () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  const refused: [string, unknown, RegExp][] = [
    ["a Date", new Date(0), /instance of Date.*date\.getTime\(\)/],
    ["a Map", new Map(), /instance of Map.*Object\.fromEntries/],
    ["a function", () => 1, /is a function/],
    ["a symbol", Symbol("s"), /is a symbol/],
    ["a cycle", cyclic, /Break the cycle/],
    ["half a surrogate pair", LONE_SURROGATE, /half a surrogate pair.*toWellFormed/],
    ["a hole in an array", [1, undefined], /is undefined.*Use null/],
    ["a class", new (class Money {})(), /instance of Money/],
    ["a huge bigint", 2n ** 64n, /bigint beyond 64 bits/],
  ];

  test.each(refused)("%s fails its step with advice", async (_name, value, message) => {
    const app = createApp(async (step) => await step.run("odd", () => value as never));

    const { caught } = await runMain(app);

    expect(caught).toMatchObject({ code: "VALUE_REJECTED" });
    expect(caught?.message).toMatch(message);
  });

  test.each(refused)("%s fails the workflow that returns it", async (_name, value) => {
    const app = createApp(async () => value);

    const id = await app.start("raw");
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "failed",
      error: { code: "VALUE_REJECTED" },
    });
  });

  test.each(refused)(
    "%s is refused as an argument, by its path",
    async (_name, value) => {
      const app = createApp(
        async (step) => await step.runAction(ref<"action">("shout"), { text: value }),
      );

      const { caught } = await runMain(app);

      expect(caught?.data).toMatchObject({
        code: "VALUE_REJECTED",
        message: expect.stringContaining("argument object of app:shout, at .text"),
      });
    },
  );

  test.each(refused)("%s is refused as an argument of a start", async (_name, value) => {
    const app = createApp(async () => null);

    const refusal = await catchRefusal(async () => await app.start("take", { value }));

    expect(refusal.code).toBe("VALUE_REJECTED");
    expect(await app.rows("workflows")).toEqual([]);
  });

  test("that throws when it is read fails its step like any other", async () => {
    const app = createApp(
      async (step) =>
        await step.run("odd", () => ({
          get field(): string {
            throw new Error("not today");
          },
        })),
    );

    const { caught } = await runMain(app);

    expect(caught?.message).toMatch(/cannot be read: a getter or proxy threw/);
  });
});

describe("a value at the edge of what is allowed", () => {
  const kept: [string, unknown, unknown][] = [
    ["a bigint", 12n, 12n],
    ["a field that is undefined, which is dropped", { a: undefined, b: 1 }, { b: 1 }],
    ["nothing, which is null", undefined, null],
    ["-0 and NaN", [-0, Number.NaN], [-0, Number.NaN]],
    ["an emoji", "\ud83d\ude00", "\ud83d\ude00"],
  ];

  test.each(kept)("%s travels unharmed", async (_name, value, expected) => {
    const app = createApp(async (step) => {
      const inline = await step.run("odd", () => value as never);
      const action: unknown = await step.runAction(ref<"action">("shout"), {
        text: value ?? null,
      });
      return [inline, action];
    });

    const result = await runMain(app);

    expect(result.value).toEqual([expected, expected]);
  });

  test("what a handler changes in a result stays its own", async () => {
    const shared = { list: [1] };
    const app = createApp(async (step) => {
      const first = await step.run("shared", () => shared);
      first.list.push(2);
      return await step.run("again", () => shared);
    });

    expect((await runMain(app)).value).toEqual({ list: [1] });
  });
});
