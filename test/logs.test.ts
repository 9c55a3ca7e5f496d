/** What an executor tells of transitions: what was committed, once, within the budget. */
import { describe, expect, test } from "vitest";
import type { Transition } from "../src/client/index.js";
import {
  TRANSITION_LINE_BYTES_MAX,
  TRANSITION_LINES_MAX,
} from "../src/shared/constants.js";
import { createEventApp, type EventApp, type Handler } from "./harness/events.js";
import { ref, type AppOptions } from "./harness/app.js";

type Line = { dropped?: Record<string, number>; events: Transition[] };

/** An app that collects what is told, both ways. */
function createTold(handler: Handler, options: AppOptions = {}) {
  const told: Transition[] = [];
  const lines: string[] = [];
  const { app, send } = createEventApp(handler, {
    onTransitions: (some) => told.push(...some),
    log: (_level, line) => lines.push(String(line)),
    logLevel: "steps",
    ...options,
  });
  return { app, send, told, lines };
}

function names(told: readonly Transition[], workflow?: string): string[] {
  return told
    .filter((one) => workflow === undefined || one.workflow === workflow)
    .map(({ event }) => event);
}

const HANDLER: Handler = async (step) => {
  await step.run(
    "flaky",
    ({ attempt }) => {
      if (attempt === 1) throw Object.assign(new Error("not yet"), { code: "BUSY" });
    },
    { retry: { maxAttempts: 2, initialBackoffMs: 10 } },
  );
  await step.awaitEvent({ name: "go" });
  await step.runMutation(ref<"mutation">("touch"), {});
  return null;
};

async function runWhole({ app, send }: Pick<EventApp, "app" | "send">) {
  const id = await app.start("main");
  await app.run();
  await send(id, "go");
  await app.run();
  return id;
}

describe("transitions", () => {
  test("tell a life in its order, each thing once, over a replay", async () => {
    const { app, send, told } = createTold(HANDLER);
    const id = await runWhole({ app, send });

    expect(names(told, id)).toEqual([
      "workflow.started",
      "step.started",
      "step.retried",
      "step.settled",
      "step.started",
      "workflow.released",
      "workflow.resumed",
      "step.settled",
      "step.started",
      "step.settled",
      "workflow.completed",
    ]);
    const settled = told.filter(({ event }) => event === "step.settled");
    expect(settled).toMatchObject([
      { step: 0, name: "flaky", kind: "run", attempt: 2, outcome: "completed" },
      { step: 1, name: "go", kind: "event", outcome: "completed" },
      { step: 2, name: "app:touch", kind: "mutation", outcome: "completed" },
    ]);
    const retried = told.find(({ event }) => event === "step.retried");
    expect(retried).toMatchObject({
      step: 0,
      attempt: 2,
      code: "BUSY",
      message: "not yet",
    });
    expect(names(told.filter(({ workflow }) => workflow === undefined))).toEqual([
      "executor.started",
      "executor.retired",
      "executor.started",
      "executor.retired",
    ]);
  });

  test("are printed as they are told, in a few lines of JSON", async () => {
    const { app, send, told, lines } = createTold(HANDLER);
    await runWhole({ app, send });

    const parsed = lines.map((line) => JSON.parse(line) as Line);
    expect(parsed.flatMap(({ events }) => events)).toEqual(told);
    expect(lines.length).toBeLessThanOrEqual(4);
  });

  test("tell nothing that is not durable: a commit that is refused is told of by nobody", async () => {
    const { app, told } = createTold(async (step) => await step.run("a", () => 1));
    let isRefused = false;
    app.faults.onCall = (name) => {
      if (name !== "executor:commit" || isRefused) return;
      isRefused = true;
      expect(names(told)).toEqual(["executor.started"]);
      app.faults.crash(0);
    };
    const id = await app.start("main");
    await app.runFor(1_000);
    await app.runUntilBuried();
    expect(names(told, id)).toEqual([]);
    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    expect(names(told, id).filter((name) => name === "workflow.started")).toHaveLength(1);
    expect(names(told, id).at(-1)).toBe("workflow.completed");
  });

  test("keep to their lines however many workflows run, and count what had no room", async () => {
    const { app, told, lines } = createTold(async (step) => {
      for (let n = 0; n < 5; n += 1) await step.run(`part ${n}`, () => n);
      return null;
    });
    const items = Array.from({ length: 100 }, () => ({ args: {} }));
    await app.startMany("main", items);
    await app.run();

    const parsed = lines.map((line) => JSON.parse(line) as Line);
    const printed = parsed.flatMap(({ events }) => events).length;
    const dropped = parsed
      .flatMap(({ dropped: counts }) => Object.values(counts ?? {}))
      .reduce((sum, count) => sum + count, 0);
    expect(printed + dropped).toBe(told.length);
    expect(dropped).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(TRANSITION_LINES_MAX);
    for (const line of lines)
      expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(
        TRANSITION_LINE_BYTES_MAX,
      );
  });
});

describe("the level", () => {
  test("is problems by default: a workflow that completes prints nothing", async () => {
    const { app, lines } = createTold(async () => null, { logLevel: undefined as never });
    await app.start("main");
    await app.run();
    expect(lines).toEqual([]);
  });

  test("prints of problems which workflow failed, and with what", async () => {
    const fail: Handler = async () => {
      throw Object.assign(new Error("broken"), { code: "BROKEN" });
    };
    const { app, lines } = createTold(fail, { logLevel: "problems" });
    const id = await app.start("main");
    await app.run();

    const [line] = lines.map((one) => JSON.parse(one) as Line);
    expect(line!.events).toMatchObject([
      { event: "workflow.failed", workflow: id, code: "BROKEN", message: "broken" },
    ]);
  });

  test("that does not exist is refused", () => {
    expect(() => createEventApp(async () => null, { logLevel: "all" as never })).toThrow(
      /logLevel is .*all.*; it must be one of off, problems, workflows, steps/,
    );
  });
});

describe("a sink that throws", () => {
  test("is told of once, and harms nobody", async () => {
    const lines: unknown[][] = [];
    const { app } = createEventApp(async (step) => await step.run("a", () => 1), {
      onTransitions: () => {
        throw new Error("sink is broken");
      },
      log: (_level, ...args) => lines.push(args),
    });
    const id = await app.start("main");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject(["[onTransitions]", { message: "sink is broken" }]);
  });
});
