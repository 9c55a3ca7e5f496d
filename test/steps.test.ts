/** Steps of every kind: together, with options, failing, exactly once, isolated. */
import { actionGeneric, defineSchema, defineTable } from "convex/server";
import { mutationGeneric, queryGeneric } from "convex/server";
import { ConvexError, v } from "convex/values";
import { describe, expect, test } from "vitest";
import type { StepContext } from "../src/client/index.js";
import { getErrorCode, isExecutorError, isStepError } from "../src/client/index.js";
import { ref, TestApp } from "./harness/app.js";

const schema = defineSchema({ notes: defineTable({ text: v.string() }) });

type Body = (step: StepContext) => Promise<unknown>;

function createApp(body: Body) {
  const runs: string[] = [];
  const boom = async (): Promise<never> => {
    runs.push("boom");
    throw new TypeError("boom");
  };
  const app = new TestApp({ schema, shards: 1 }, (executor) => ({
    main: executor.define({}).handler(body),
    boomQuery: queryGeneric({ handler: boom }),
    boomMutation: mutationGeneric({ handler: boom }),
    boomAction: actionGeneric({ handler: boom }),
    boomInProcess: executor.action({ handler: boom }),
    echo: actionGeneric({
      args: { text: v.any() },
      handler: (_ctx, { text }) => text as string,
    }),
    write: mutationGeneric({
      args: { text: v.string(), fails: v.optional(v.number()) },
      handler: async (ctx, { text, fails = 0 }) => {
        runs.push(text);
        await ctx.db.insert("notes", { text });
        if (runs.length <= fails) throw new ConvexError({ code: "WRITE", text });
        return runs.length;
      },
    }),
  }));
  const run = async () => {
    const id = await app.start("main");
    await app.run();
    return { ...(await app.status(id)), id };
  };
  const notes = async () =>
    (await app.rows<{ text: string }>("notes", "")).map(({ text }) => text);
  return { app, runs, run, notes };
}

async function wait(ms: number, value: string): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return value;
}

async function fail(ms: number, message: string): Promise<never> {
  await wait(ms, message);
  throw new Error(message);
}

/** What a handler can tell of an error. */
function describeError(error: unknown) {
  const { name, message, code } = error as {
    name: string;
    message: string;
    code?: string;
  };
  return { name, message, code, isStepError: isStepError(error) };
}

describe("steps awaited together", () => {
  const together: [string, Body, unknown][] = [
    [
      "Promise.all gives all results in order",
      async (step) =>
        await Promise.all([
          step.run("slow", async () => await wait(100, "slow")),
          step.run("fast", async () => await wait(1, "fast")),
        ]),
      ["slow", "fast"],
    ],
    [
      "Promise.all fails with the first failure",
      async (step) =>
        await Promise.all([
          step.run("slow", async () => await wait(100, "slow")),
          step.run("bad", async () => await fail(1, "bad")),
        ]).catch((error: Error) => error.message),
      "bad",
    ],
    [
      "Promise.race gives the first",
      async (step) =>
        await Promise.race([
          step.run("slow", async () => await wait(100, "slow")),
          step.run("fast", async () => await wait(1, "fast")),
        ]),
      "fast",
    ],
    [
      "Promise.race against a sleep is a timeout",
      async (step) =>
        await Promise.race([
          step.run("slow", async () => await wait(10_000, "slow")),
          step.sleep(1_000).then(() => "timed out"),
        ]),
      "timed out",
    ],
    [
      "Promise.any gives the first success",
      async (step) =>
        await Promise.any([
          step.run("bad", async () => await fail(1, "bad")),
          step.run("good", async () => await wait(50, "good")),
        ]),
      "good",
    ],
    [
      "Promise.allSettled tells all",
      async (step) =>
        (
          await Promise.allSettled([
            step.run("bad", async () => await fail(1, "bad")),
            step.run("good", async () => await wait(50, "good")),
          ])
        ).map(({ status }) => status),
      ["rejected", "fulfilled"],
    ],
    [
      "a step's promise may be awaited later, and twice",
      async (step) => {
        const early = step.run("early", () => "early");
        const other = await step.run("other", () => "other");
        return [await early, await early, other];
      },
      ["early", "early", "other"],
    ],
  ];

  test.each(together)("%s", async (_title, body, result) => {
    expect(await createApp(body).run()).toMatchObject({ state: "completed", result });
  });

  test("start at the same time and take as long as the longest", async () => {
    const { app, run } = createApp(
      async (step) =>
        await Promise.all(
          [100, 200, 300].map(async (ms) =>
            step.run(`waits ${ms}`, async () => await wait(ms, "")),
          ),
        ),
    );

    const { id, startedAt, finishedAt } = await run();

    expect(finishedAt! - startedAt!).toBeLessThan(400);
    expect((await app.steps(id)).page.map(({ number }) => number)).toEqual([0, 1, 2]);
  });
});

describe("options of steps", () => {
  test("given to withOptions hold for its steps, unless a call has its own", async () => {
    const attempts: string[] = [];
    const { run } = createApp(async (step) => {
      const patient = step.withOptions({
        retry: { maxAttempts: 3, initialBackoffMs: 1 },
      });
      const attempt = (name: string) => () => {
        attempts.push(name);
        throw new Error(name);
      };
      await patient.run("patient", attempt("patient")).catch(() => null);
      await patient.run("own", attempt("own"), { retry: false }).catch(() => null);
      await step.run("plain", attempt("plain")).catch(() => null);
    });

    await run();

    expect(attempts).toEqual(["patient", "patient", "patient", "own", "plain"]);
  });

  test("given as undefined leave the default in force", async () => {
    const attempts: number[] = [];
    const { run } = createApp(async (step) => {
      const patient = step.withOptions({
        retry: { maxAttempts: 2, initialBackoffMs: 1 },
      });
      const body = ({ attempt }: { attempt: number }) => {
        attempts.push(attempt);
        throw new Error("no");
      };
      await patient.run("patient", body, { retry: undefined }).catch(() => null);
    });

    await run();

    expect(attempts).toEqual([1, 2]);
  });

  test("of withOptions reach queries and mutations, but for retries", async () => {
    const { run, runs } = createApp(async (step) => {
      const patient = step.withOptions({ retry: true });
      return await patient
        .runMutation(ref<"mutation">("boomMutation"))
        .catch(() => "caught");
    });

    expect(await run()).toMatchObject({ result: "caught" });
    expect(runs).toEqual(["boom"]);
  });

  test("name a step in the journal", async () => {
    const { app, run } = createApp(async (step) => {
      await step.runAction(ref<"action">("echo"), { text: "a" }, { name: "first" });
      await step.runAction(ref<"action">("echo"), { text: "b" });
    });

    const { id } = await run();

    const names = (await app.steps(id)).page.map(({ name }) => name);
    expect(names).toEqual(["first", "app:echo"]);
  });

  test("with unstableArgs let a replay pass other arguments", async () => {
    let text = "before";
    const { app } = createApp(async (step) => {
      await step.runAction(ref<"action">("echo"), { text }, { unstableArgs: true });
      return await step.run("holds", async () => await wait(1_000, text));
    });
    const id = await app.start("main");
    await app.runUntil(async () => (await app.rows("steps")).length === 2);
    await app.crash();
    text = "after";
    await app.operate("startExecutors");

    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: "after" });
  });
});

describe("an error", () => {
  const throwers: [string, Body][] = [
    ["a query", async (step) => await step.runQuery(ref<"query">("boomQuery"))],
    [
      "a mutation",
      async (step) => await step.runMutation(ref<"mutation">("boomMutation")),
    ],
    ["an action", async (step) => await step.runAction(ref<"action">("boomAction"))],
    [
      "an in-process action",
      async (step) => await step.runAction(ref<"action">("boomInProcess")),
    ],
    [
      "inline code",
      async (step) =>
        await step.run("boom", () => {
          throw new TypeError("boom");
        }),
    ],
  ];

  test.each(throwers)(
    "of %s reaches the handler with its message",
    async (_name, body) => {
      const { run } = createApp(async (step) => await body(step).catch(describeError));

      const { result } = await run();

      expect(result).toMatchObject({ message: "boom", isStepError: true });
    },
  );

  test("of the engine is known by its code", async () => {
    const { run } = createApp(
      async (step) =>
        await step
          .run("hangs", async () => await wait(10_000, ""), { timeoutMs: 10 })
          .catch((error: unknown) => isExecutorError(error, "TIMEOUT")),
    );

    expect(await run()).toMatchObject({ result: true });
  });
});

describe("a mutation step", () => {
  test("leaves nothing behind when it throws", async () => {
    const { run, notes } = createApp(
      async (step) =>
        await step
          .runMutation(ref<"mutation">("write"), { text: "lost", fails: 9 })
          .catch(getErrorCode),
    );

    expect(await run()).toMatchObject({ result: "WRITE" });
    expect(await notes()).toEqual([]);
  });

  test("retried until it succeeds has written once", async () => {
    const { run, runs, notes } = createApp(
      async (step) =>
        await step.runMutation(
          ref<"mutation">("write"),
          { text: "kept", fails: 2 },
          { retry: { maxAttempts: 5, initialBackoffMs: 10 } },
        ),
    );

    expect(await run()).toMatchObject({ result: 3 });
    expect(runs).toHaveLength(3);
    expect(await notes()).toEqual(["kept"]);
  });

  test("whose answer is lost has run once", async () => {
    const { app, run, runs, notes } = createApp(
      async (step) => await step.runMutation(ref<"mutation">("write"), { text: "once" }),
    );
    app.faults.add({ on: "executor:runMutation", when: "after", times: 2 });

    expect(await run()).toMatchObject({ result: 1 });
    expect(runs).toEqual(["once"]);
    expect(await notes()).toEqual(["once"]);
  });

  test("whose executor dies before the outcome is delivered has run once", async () => {
    const { app, runs, notes } = createApp(async (step) => {
      await step.runMutation(ref<"mutation">("write"), { text: "once" });
      return await step.run("after", () => "done");
    });
    const id = await app.start("main");
    await app.runUntil(() => runs.length === 1);
    await app.crash();
    await app.operate("startExecutors");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: "done" });
    expect(await notes()).toEqual(["once"]);
  });
});

describe("an isolated step", () => {
  test("runs on the workpool and answers its result", async () => {
    const { app, run } = createApp(
      async (step) =>
        await step.runAction(ref<"action">("echo"), { text: "far" }, { isolated: true }),
    );

    const { id, result } = await run();

    expect(result).toBe("far");
    expect((await app.steps(id)).page).toMatchObject([{ kind: "isolated" }]);
    expect(app.faults.count("app:echo")).toBe(0);
  });

  test("that fails can be caught", async () => {
    const { run } = createApp(
      async (step) =>
        await step
          .runAction(ref<"action">("boomAction"), {}, { isolated: true })
          .catch((error: Error) => error.message),
    );

    expect((await run()).result).toContain("boom");
  });

  test("runs beside local ones", async () => {
    const { run } = createApp(
      async (step) =>
        await Promise.all([
          step.runAction(ref<"action">("echo"), { text: "far" }, { isolated: true }),
          step.run("near", () => "near"),
          step.sleep(100).then(() => "slept"),
        ]),
    );

    expect(await run()).toMatchObject({ result: ["far", "near", "slept"] });
  });
});
