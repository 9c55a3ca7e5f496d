/**
 * Handlers written for `@convex-dev/workflow` run when import and manager are changed.
 *
 * Each workflow below uses its released API as its README shows it; only the manager, called
 * `workflow` here as there, is an `Executor`. Of what that package has, this version has no
 * events, far sleeps, `runAt`, `onComplete` and restart.
 */
import { actionGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import type { Executor } from "../src/client/index.js";
import { ref, TestApp, workflowRef } from "./harness/app.js";

const greeting = ref<"query">("greeting");
const store = ref<"mutation">("store");
const call = ref<"action">("call");
const flaky = ref<"action">("flaky");

function createApp() {
  const stored: string[] = [];
  const attempts = { flaky: 0 };
  const functions = {
    greeting: queryGeneric({
      args: { name: v.string() },
      handler: async (_ctx, { name }): Promise<string> => `Hello ${name}`,
    }),
    store: mutationGeneric({
      args: { text: v.string() },
      handler: async (_ctx, { text }): Promise<number> => stored.push(text),
    }),
    call: actionGeneric({
      args: { text: v.string() },
      handler: async (_ctx, { text }): Promise<string> => `${text}!`,
    }),
    flaky: actionGeneric({
      args: { failures: v.number() },
      handler: async (_ctx, { failures }): Promise<number> => {
        attempts.flaky += 1;
        if (attempts.flaky <= failures) throw new Error(`no luck ${attempts.flaky}`);
        return attempts.flaky;
      },
    }),
  };
  const app = new TestApp({}, (workflow) => ({ ...functions, ...define(workflow) }));
  const run = async (name: string, args: object = {}) => {
    const id = await app.start(name, args);
    await app.run();
    return { ...(await app.status(id)), id };
  };
  return { app, stored, attempts, run };
}

function define(workflow: Executor) {
  return {
    chained: workflow
      .define({ args: { name: v.string() }, returns: v.string() })
      .handler(async (step, args): Promise<string> => {
        const text: string = await step.runQuery(greeting, args);
        return await step.runAction(call, { text });
      }),
    oneObject: workflow.define({
      args: { name: v.string() },
      handler: async (step, { name }): Promise<string> =>
        await step.runAction(call, { text: name }, { name: "a call by another name" }),
    }),
    inline: workflow
      .define({ args: { name: v.string() } })
      .handler(async (step, { name }): Promise<number> => {
        const text: string = await step.runQuery(greeting, { name }, { inline: true });
        return await step.runMutation(store, { text }, { inline: true });
      }),
    retried: workflow
      .define({ args: { failures: v.number(), retry: v.any() } })
      .handler(
        async (step, { failures, retry }): Promise<number> =>
          await step.runAction(flaky, { failures }, { retry: retry as boolean }),
      ),
    nested: workflow
      .define({ args: { name: v.string() } })
      .handler(async (step, { name }): Promise<string> => {
        const text = await step.runWorkflow(workflowRef("chained"), { name });
        return `nested ${text as string}`;
      }),
    napping: workflow.define({}).handler(async (step): Promise<number> => {
      const before = Date.now();
      await step.sleep(60_000, { name: "a nap" });
      return Date.now() - before;
    }),
    parallel: workflow
      .define({ args: { name: v.string() } })
      .handler(
        async (step, { name }): Promise<string[]> =>
          await Promise.all([
            step.runAction(call, { text: name }),
            step.runAction(call, { text: name.toUpperCase() }),
          ]),
      ),
    lenient: workflow
      .define({ args: { name: v.string() } })
      .handler(async (step, { name }): Promise<number> => {
        const lenientStep = step.withOptions({ unstableArgs: true, retry: true });
        await lenientStep.runMutation(store, { text: name });
        return await step.runMutation(store, { text: name }, { unstableArgs: true });
      }),
    looping: workflow
      .define({ args: { times: v.number() } })
      .handler(async (step, { times }): Promise<void> => {
        for (let round = 0; round < times; round += 1) {
          const count: number = await step.runMutation(store, { text: `${round}` });
          if (count >= 3) break;
        }
      }),
    recovering: workflow.define({}).handler(async (step): Promise<string> => {
      try {
        await step.runAction(flaky, { failures: 99 });
      } catch (error) {
        return `caught ${(error as Error).message}`;
      }
      return "no error";
    }),
  };
}

describe("a handler written for @convex-dev/workflow", () => {
  test("passes results from step to step", async () => {
    const { run } = createApp();

    expect(await run("chained", { name: "James" })).toMatchObject({
      state: "completed",
      result: "Hello James!",
    });
  });

  test("may stand in the definition, and name its steps", async () => {
    const { app, run } = createApp();

    const { id, result } = await run("oneObject", { name: "James" });

    expect(result).toBe("James!");
    expect((await app.steps(id)).page).toMatchObject([
      { name: "a call by another name" },
    ]);
  });

  test("names its steps after their functions otherwise", async () => {
    const { app, run } = createApp();

    const { id } = await run("chained", { name: "James" });

    const names = (await app.steps(id)).page.map(({ name }) => name);
    expect(names).toEqual(["app:greeting", "app:call"]);
  });

  test("runs queries and mutations inline", async () => {
    const { run, stored } = createApp();

    expect(await run("inline", { name: "James" })).toMatchObject({ result: 1 });
    expect(stored).toEqual(["Hello James"]);
  });

  test.each([
    [true, 2, 3],
    [{ maxAttempts: 3, initialBackoffMs: 100, base: 2 }, 2, 3],
  ])("retries an action with retry %j", async (retry, failures, result) => {
    const { run } = createApp();

    expect(await run("retried", { failures, retry })).toMatchObject({ result });
  });

  test("does not retry an action with retry false", async () => {
    const { run, attempts } = createApp();

    expect(await run("retried", { failures: 1, retry: false })).toMatchObject({
      state: "failed",
      error: { message: "no luck 1" },
    });
    expect(attempts.flaky).toBe(1);
  });

  test("runs another workflow as a step", async () => {
    const { run } = createApp();

    expect(await run("nested", { name: "Ada" })).toMatchObject({
      result: "nested Hello Ada!",
    });
  });

  test("sleeps, and sees by its clock that it has", async () => {
    const { app, run } = createApp();

    const { id, result } = await run("napping");

    expect(result).toBe(60_000);
    expect((await app.steps(id)).page).toMatchObject([{ name: "a nap", kind: "sleep" }]);
  });

  test("runs steps in parallel", async () => {
    const { run } = createApp();

    expect(await run("parallel", { name: "ada" })).toMatchObject({
      result: ["ada!", "ADA!"],
    });
  });

  test("derives a context with options of its own", async () => {
    const { run } = createApp();

    expect(await run("lenient", { name: "ada" })).toMatchObject({ result: 2 });
  });

  test("loops and breaks as code does", async () => {
    const { run, stored } = createApp();

    expect(await run("looping", { times: 10 })).toMatchObject({ result: null });
    expect(stored).toEqual(["0", "1", "2"]);
  });

  test("catches what a step throws", async () => {
    const { run } = createApp();

    expect(await run("recovering")).toMatchObject({ result: "caught no luck 1" });
  });

  test("is started by calling its function with args, as from the CLI", async () => {
    const { app } = createApp();

    const { id } = await app.inMutation(
      async (ctx) =>
        (await ctx.runMutation(workflowRef("chained"), {
          args: { name: "James" },
        })) as { id: never },
    );
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: "Hello James!" });
  });
});
