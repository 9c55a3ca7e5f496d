/** Handlers that throw, forget, wait for nothing or reach outside: each ends as it should. */
import { ConvexError, v } from "convex/values";
import { mutationGeneric, queryGeneric } from "convex/server";
import { describe, expect, test } from "vitest";
import type { StepContext } from "../src/client/index.js";
import { ref, TestApp } from "./harness/app.js";

type Body = (step: StepContext) => Promise<unknown>;

async function runHandler(body: Body, more: Record<string, unknown> = {}) {
  const app = new TestApp({}, (executor) => ({
    main: executor.define({}).handler(body),
    ...more,
  }));
  const id = await app.start("main");
  await app.run();
  return { app, id, status: await app.status(id) };
}

const NEVER = new Promise<never>(() => undefined);

class Hostile extends Error {
  override get message(): string {
    throw new Error("do not read me");
  }
  override get stack(): string {
    throw new Error("nor me");
  }
}

describe("a handler that throws", () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  const thrown: [string, unknown, object][] = [
    ["undefined", undefined, { name: "Error", message: "undefined" }],
    ["null", null, { name: "Error", message: "null" }],
    ["a string", "out of paper", { name: "Error", message: "out of paper" }],
    ["a cyclic object", cyclic, { message: '{"self":<cycle>}' }],
    ["a function", () => 1, { name: "Error" }],
    ["a TypeError", new TypeError("no id"), { name: "TypeError", message: "no id" }],
    ["a class that cannot be read", new Hostile(), { name: "Error" }],
    [
      "an AggregateError",
      new AggregateError([new Error("one"), new RangeError("two")], "both"),
      { message: "both", stack: expect.stringMatching(/one[^]*RangeError: two/) },
    ],
    [
      "an Error with a cause",
      new Error("outer", { cause: new Error("inner") }),
      { message: "outer", stack: expect.stringContaining("Caused by Error: inner") },
    ],
    [
      "a ConvexError with data",
      new ConvexError({ code: "OUT", paper: 0n }),
      { code: "OUT", data: { code: "OUT", paper: 0n } },
    ],
  ];

  test.each(thrown)("%s fails with it", async (_name, value, error) => {
    const { status } = await runHandler(async () => {
      throw value;
    });

    expect(status).toMatchObject({ state: "failed", error });
  });

  test.each(thrown)("%s in inline code fails that step alone", async (_name, value) => {
    const { status } = await runHandler(async (step) => {
      const caught = await step
        .run("throws", () => {
          throw value;
        })
        .catch((error: unknown) => error instanceof Error);
      return [caught, await step.run("next", () => "on")];
    });

    expect(status).toMatchObject({ state: "completed", result: [true, "on"] });
  });

  test("before its first await fails all the same", async () => {
    const { status } = await runHandler(() => {
      throw new Error("at once");
    });

    expect(status).toMatchObject({ state: "failed", error: { message: "at once" } });
  });
});

describe("a ConvexError", () => {
  const data = { code: "NO_PAPER", left: 0 };
  const throwers = {
    query: queryGeneric({
      handler: async () => {
        throw new ConvexError(data);
      },
    }),
    mutation: mutationGeneric({
      handler: async () => {
        throw new ConvexError(data);
      },
    }),
  };

  const calls: [string, Body][] = [
    ["a query", async (step) => await step.runQuery(ref<"query">("query"))],
    ["a mutation", async (step) => await step.runMutation(ref<"mutation">("mutation"))],
    [
      "inline code",
      async (step) =>
        await step.run("x", () => {
          throw new ConvexError(data);
        }),
    ],
  ];

  test.each(calls)(
    "of %s reaches the handler's catch with its data",
    async (_n, call) => {
      const body: Body = async (step) =>
        await call(step).catch(
          (error: unknown) => error instanceof ConvexError && (error.data as unknown),
        );
      const { status } = await runHandler(body, throwers);

      expect(status).toMatchObject({ state: "completed", result: data });
    },
  );

  test.each(calls)("of %s that nobody catches reaches the status", async (_n, call) => {
    const { status } = await runHandler(call, throwers);

    expect(status).toMatchObject({ state: "failed", error: { code: "NO_PAPER", data } });
  });
});

describe("a handler that returns", () => {
  test("while a step runs that nobody awaited has forgotten it", async () => {
    const { status } = await runHandler(async (step) => {
      void step.run("forgotten", async () => await NEVER);
      return "done";
    });

    expect(status).toMatchObject({
      state: "failed",
      error: { code: "STEP_NOT_AWAITED" },
    });
    expect(status.error?.message).toContain('first "forgotten" (step 0)');
  });

  test("may leave the loser of a race behind", async () => {
    const { app, id, status } = await runHandler(
      async (step) =>
        await Promise.race([
          step.run("slow", async () => await NEVER),
          step.run("quick", () => "first"),
        ]),
    );

    expect(status).toMatchObject({ state: "completed", result: "first" });
    const { page } = await app.steps(id);
    expect(page.map(({ state }) => state)).toEqual(["canceled", "completed"]);
  });

  test("before a forgotten step starts never runs it", async () => {
    const ran: string[] = [];
    const { status } = await runHandler(async (step) => {
      void step.run("forgotten", () => {
        ran.push("forgotten");
      });
      return "done";
    });

    expect(status.state).toBe("failed");
    expect(ran).toEqual([]);
  });

  test("with an error keeps it, whatever it forgot", async () => {
    const { status } = await runHandler(async (step) => {
      void step.run("forgotten", async () => await NEVER);
      throw new Error("the cause");
    });

    expect(status).toMatchObject({ state: "failed", error: { message: "the cause" } });
  });

  test("nothing at all completes with null", async () => {
    const { status } = await runHandler(async () => undefined);

    expect(status).toMatchObject({ state: "completed", result: null });
  });
});

describe("a handler that waits for nothing the engine knows", () => {
  test("at its beginning fails, naming what it may wait for", async () => {
    const { status } = await runHandler(async () => await NEVER);

    expect(status).toMatchObject({ state: "failed", error: { code: "NOTHING_AWAITED" } });
    expect(status.error?.message).toMatch(/fetch, timers, crypto\.subtle/);
  });

  test("after a step fails too", async () => {
    const { status } = await runHandler(async (step) => {
      await step.run("first", () => 1);
      await NEVER;
    });

    expect(status).toMatchObject({ state: "failed", error: { code: "NOTHING_AWAITED" } });
  });

  test("and goes on after a native promise finds its workflow ended", async () => {
    let open!: () => void;
    const native = new Promise<void>((resolve) => {
      open = resolve;
    });
    let refused: unknown;
    const app = new TestApp({}, (executor) => ({
      main: executor.define({}).handler(async (step) => {
        await native;
        refused = await step.run("late", () => 1).catch((error: unknown) => error);
      }),
    }));
    const id = await app.start("main");
    await app.run();

    open();
    await app.run();

    expect(await app.status(id)).toMatchObject({ error: { code: "NOTHING_AWAITED" } });
    expect(refused).toMatchObject({ data: { code: "STEP_OUTSIDE_TURN", step: "late" } });
    expect((await app.steps(id)).page).toEqual([]);
  });
});

describe("a step started outside a turn", () => {
  test("in the body of another step is refused", async () => {
    const { status, app, id } = await runHandler(
      async (step) =>
        await step.run("outer", async () => await step.run("inner", () => 1)),
    );

    expect(status).toMatchObject({
      state: "failed",
      error: { code: "STEP_OUTSIDE_TURN", data: { step: "inner" } },
    });
    expect((await app.steps(id)).page.map(({ name }) => name)).toEqual(["outer"]);
  });

  test("after the handler has returned is refused", async () => {
    let held!: StepContext;
    const { app, id } = await runHandler(async (step) => {
      held = step;
      return await step.run("only", () => 1);
    });

    await expect(held.run("late", () => 2)).rejects.toMatchObject({
      data: { code: "STEP_OUTSIDE_TURN", step: "late" },
    });
    expect((await app.steps(id)).page).toHaveLength(1);
  });

  test("with another workflow's context is refused", async () => {
    const contexts: StepContext[] = [];
    const app = new TestApp({ shards: 1 }, (executor) => ({
      main: executor.define({ args: { n: v.number() } }).handler(async (step, { n }) => {
        contexts[n] = step;
        await step.sleep(1_000, { name: "until both have begun" });
        return await contexts[1 - n]!.run("foreign", () => n).catch(
          (error: { data: { code: string } }) => error.data.code,
        );
      }),
    }));

    const ids = await app.startMany("main", [{ args: { n: 0 } }, { args: { n: 1 } }]);
    await app.run();

    for (const id of ids)
      expect(await app.status(id)).toMatchObject({ result: "STEP_OUTSIDE_TURN" });
  });
});

describe("what a replay could not repeat", () => {
  const calls: [string, () => unknown, RegExp][] = [
    ["fetch", () => fetch("https://example.com"), /fetch in a step.*step\.run/],
    ["setTimeout", () => setTimeout(() => 1, 1), /step\.sleep/],
    ["setInterval", () => setInterval(() => 1, 1), /step\.sleep/],
  ];

  test.each(calls)("%s throws in a handler, with advice", async (_name, call, advice) => {
    const { status } = await runHandler(async () => {
      await call();
    });

    expect(status.state).toBe("failed");
    expect(status.error?.message).toMatch(advice);
  });

  test("is allowed in a step's body", async () => {
    const { status } = await runHandler(
      async (step) =>
        await step.run("waits", async () => {
          await new Promise((resolve) => setTimeout(resolve, 1_000));
          return "waited";
        }),
    );

    expect(status).toMatchObject({ state: "completed", result: "waited" });
  });
});
