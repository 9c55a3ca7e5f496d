/** Operators fail or clear what is queued or running; whatever they remove is settled. */
import { mutationGeneric } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import type { StepContext } from "../src/client/index.js";
import { OPERATOR_PAGE } from "../src/shared/constants.js";
import { ref, TestApp, workflowRef } from "./harness/app.js";

/** Answers of the bulk functions. */
type Bulk = { settled: number; continues: boolean; dryRun: boolean };
type Failed = { tasks: Bulk; running: Bulk | null };

/** A gate that inline code waits at until the test opens it. */
class Gate {
  open!: (value: string) => void;
  readonly opened = new Promise<string>((resolve) => {
    this.open = resolve;
  });
}

function createApp(options: { shards?: number; slotsPerShard?: number } = {}) {
  const gate = new Gate();
  const events: string[] = [];
  const hold = async (step: StepContext) => await step.run("hold", () => gate.opened);
  const app = new TestApp(options, (executor) => ({
    quick: executor
      .define({ args: { n: v.optional(v.number()) } })
      .handler(async (step, { n }) => await step.run("quick", () => n ?? 0)),
    note: mutationGeneric({ handler: async () => "noted" }),
    noted: executor.define({}).handler(async (step) => {
      await step.runMutation(ref<"mutation">("note"), {});
      return await step.run("after", () => "went on");
    }),
    hold: executor.define({}).handler(hold),
    careful: executor.define({}).handler(async (step) => {
      try {
        return await hold(step);
      } catch (error) {
        events.push(`caught ${(error as { code?: string }).code}`);
        return await step.run("after", () => "recovered");
      } finally {
        events.push("finally");
      }
    }),
    parent: executor
      .define({ args: { child: v.string() } })
      .handler(async (step, { child }) => await step.runWorkflow(workflowRef(child), {})),
  }));
  const countStates = async () => {
    const counts: Record<string, number> = {};
    for (const { state } of await app.rows<{ state: string }>("workflows"))
      counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  };
  /** Stops the executors, so that what is started then stays queued. */
  const stop = async () => {
    await app.start("quick");
    await app.run();
    await app.operate("bumpEpoch");
    await app.run();
  };
  return { app, gate, events, countStates, stop };
}

/** Does something once, before the first call of an executor that finds such a row. */
function onceQueued(
  app: TestApp,
  [table, definition]: [table: string, definition: string],
  act: () => Promise<unknown>,
): void {
  let isDone = false;
  app.faults.onCall = async () => {
    if (isDone) return;
    const rows = await app.rows<{ definition: string }>(table);
    isDone = rows.some((row) => row.definition === definition);
    if (isDone) await act();
  };
}

async function fail(app: TestApp, args: Record<string, unknown> = {}): Promise<Failed> {
  return (await app.operate("failPendingTasks", args)) as Failed;
}

function items(count: number) {
  return Array.from({ length: count }, (_, n) => ({ args: { n } }));
}

describe("failPendingTasks", () => {
  test("fails what is queued, with a code that names the operator", async () => {
    const { app, stop } = createApp();
    await stop();
    const [id] = await app.startMany("quick", items(3));

    const answer = await fail(app);

    expect(answer).toMatchObject({
      tasks: { settled: 3, continues: false, dryRun: false },
      running: null,
    });
    expect(await app.status(id!)).toMatchObject({
      state: "failed",
      error: {
        code: "FAILED_BY_OPERATOR",
        message: "An operator called failPendingTasks.",
      },
    });
    expect(await app.rows("taskQueue")).toEqual([]);
  });

  test("tells the parents of failed children", async () => {
    const { app } = createApp();
    const id = await app.start("parent", { child: "quick" });
    onceQueued(app, ["taskQueue", "app:quick"], async () => await fail(app));

    await app.run();

    const { state, error } = await app.status(id);
    expect(state).toBe("failed");
    expect(error).toMatchObject({ code: "FAILED_BY_OPERATOR" });
    expect(error?.message).toMatch(/Child workflow app:quick .* failed: An operator/);
  });

  test("with a shard leaves the other shards alone", async () => {
    const { app, stop, countStates } = createApp({ shards: 2 });
    await stop();
    await app.startMany("quick", items(6));

    const { tasks } = await fail(app, { shard: 1 });

    expect(tasks.settled).toBe(3);
    expect(await countStates()).toEqual({ completed: 1, failed: 3, pending: 3 });
    const left = await app.rows<{ shard: number }>("taskQueue");
    expect(left.map(({ shard }) => shard)).toEqual([0, 0, 0]);
  });

  test("with a limit fails no more than that", async () => {
    const { app, stop, countStates } = createApp();
    await stop();
    await app.startMany("quick", items(6));

    const { tasks } = await fail(app, { limit: 4 });
    await app.run();

    expect(tasks).toMatchObject({ settled: 4, continues: false, dryRun: false });
    expect(await countStates()).toEqual({ completed: 1, failed: 4, pending: 2 });
  });

  test("as a dry run counts and changes nothing", async () => {
    const { app, stop, countStates } = createApp();
    await stop();
    await app.startMany("quick", items(5));

    const all = await fail(app, { dryRun: true });
    const some = await fail(app, { dryRun: true, limit: 2 });

    expect(all.tasks).toMatchObject({ settled: 5, continues: false, dryRun: true });
    expect(some.tasks.settled).toBe(2);
    expect(await countStates()).toEqual({ completed: 1, pending: 5 });
  });

  test("goes on in the background, page by page", async () => {
    const { app, stop, countStates } = createApp();
    await stop();
    await app.startMany("quick", items(2 * OPERATOR_PAGE + 10));

    const { tasks } = await fail(app);
    const afterCall = await countStates();
    await app.run();

    expect(tasks).toMatchObject({
      settled: OPERATOR_PAGE,
      continues: true,
      dryRun: false,
    });
    expect(afterCall).toMatchObject({ failed: OPERATOR_PAGE });
    expect(await countStates()).toEqual({ completed: 1, failed: 2 * OPERATOR_PAGE + 10 });
  });

  test("goes on in the background up to its limit", async () => {
    const { app, stop, countStates } = createApp();
    await stop();
    await app.startMany("quick", items(2 * OPERATOR_PAGE));

    await fail(app, { limit: OPERATOR_PAGE + 5 });
    await app.run();

    expect(await countStates()).toMatchObject({ failed: OPERATOR_PAGE + 5 });
  });

  test("does not touch what was started after the call", async () => {
    const { app, stop, countStates } = createApp();
    await stop();
    await app.startMany("quick", items(OPERATOR_PAGE + 1));

    await fail(app);
    app.clock.jump(5);
    const later = await app.start("quick", {}, { priority: 1_000 });
    await app.run();

    expect(await app.status(later)).toMatchObject({ state: "pending" });
    expect(await countStates()).toMatchObject({ failed: OPERATOR_PAGE + 1, pending: 1 });
  });

  test("leaves running workflows alone", async () => {
    const { app, gate } = createApp();
    const id = await app.start("careful");
    await app.runUntil(async () => (await app.rows("claims")).length === 1);

    const { tasks } = await fail(app);
    gate.open("through");
    await app.run();

    expect(tasks.settled).toBe(0);
    expect(await app.status(id)).toMatchObject({ state: "completed", result: "through" });
  });
});

describe("failPendingTasks with includeRunning", () => {
  async function holdAndFail(name: string) {
    const context = createApp({ shards: 1 });
    const { app } = context;
    const id = await app.start(name);
    await app.runUntil(async () => (await app.rows("steps")).length === 1);
    await app.runFor(100);
    const answer = await fail(app, { includeRunning: true });
    return { ...context, id, answer };
  }

  test("fails a running workflow whose handler does not catch", async () => {
    const { app, id, answer } = await holdAndFail("hold");

    await app.run();

    expect(answer.running).toMatchObject({ settled: 1, continues: false, dryRun: false });
    expect(await app.status(id)).toMatchObject({
      state: "failed",
      error: {
        code: "FAILED_BY_OPERATOR",
        message: "An operator called failPendingTasks with includeRunning.",
      },
    });
  });

  test("is an error that a handler can catch, and finally runs", async () => {
    const { app, id, events } = await holdAndFail("careful");

    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "completed",
      result: "recovered",
    });
    expect(events).toEqual(["caught FAILED_BY_OPERATOR", "finally"]);
  });

  test("revokes the claim, and records nothing that the attempt still answers", async () => {
    const { app, id, gate } = await holdAndFail("careful");
    expect(await app.rows("claims")).toEqual([]);

    gate.open("too late");
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: "recovered" });
    const [held] = (await app.steps(id)).page;
    expect(held).toMatchObject({ state: "failed", failures: 1 });
  });

  test("takes up the failed workflow at once, not at the next heartbeat", async () => {
    const { app, id } = await holdAndFail("careful");
    const failedAt = app.now();

    await app.run();

    const { finishedAt } = await app.status(id);
    expect(finishedAt! - failedAt).toBeLessThan(2_000);
  });

  test("fails a workflow that is between two steps, which would go on", async () => {
    const { app } = createApp({ shards: 1 });
    const id = await app.start("noted");
    let isDone = false;
    app.faults.onCall = async (name) => {
      const [step] = await app.rows<{ outcome?: object }>("steps");
      if (isDone || name !== "executor:commit" || !step?.outcome) return;
      isDone = true;
      await fail(app, { includeRunning: true });
    };

    await app.run();

    expect(isDone).toBe(true);
    expect(await app.status(id)).toMatchObject({
      state: "failed",
      error: { code: "FAILED_BY_OPERATOR" },
    });
  });

  test("aborts what runs", async () => {
    const signals: AbortSignal[] = [];
    const app = new TestApp({}, (executor) => ({
      main: executor.define({}).handler(
        async (step) =>
          await step.run("listens", async ({ signal }) => {
            signals.push(signal);
            await new Promise((_resolve, reject) =>
              signal.addEventListener("abort", () => reject(new Error("aborted"))),
            );
          }),
      ),
    }));
    const id = await app.start("main");
    await app.runUntil(() => signals.length === 1);

    await fail(app, { includeRunning: true });
    await app.run();

    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(await app.status(id)).toMatchObject({ error: { code: "FAILED_BY_OPERATOR" } });
  });
});

describe("clearTaskQueue", () => {
  test("cancels what is queued, and says who did it", async () => {
    const { app, stop } = createApp();
    await stop();
    const [id] = await app.startMany("quick", items(2));

    const answer = await app.operate("clearTaskQueue");

    expect(answer).toMatchObject({ settled: 2, continues: false, dryRun: false });
    expect(await app.status(id!)).toMatchObject({
      state: "canceled",
      error: { message: "An operator called clearTaskQueue." },
    });
  });

  test("with a shard leaves the other shards alone", async () => {
    const { app, stop, countStates } = createApp({ shards: 2 });
    await stop();
    await app.startMany("quick", items(6));

    const answer = await app.operate("clearTaskQueue", { shard: 1 });

    expect(answer).toMatchObject({ settled: 3 });
    expect(await countStates()).toEqual({ completed: 1, canceled: 3, pending: 3 });
  });

  test("tells parents that their child was canceled", async () => {
    const { app } = createApp();
    const id = await app.start("parent", { child: "quick" });
    onceQueued(
      app,
      ["taskQueue", "app:quick"],
      async () => await app.operate("clearTaskQueue"),
    );

    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "failed",
      error: { code: "CHILD_CANCELED" },
    });
  });
});

describe("clearReplayQueue", () => {
  test("cancels workflows whose handler has to advance", async () => {
    const { app } = createApp();
    const id = await app.start("parent", { child: "quick" });
    onceQueued(
      app,
      ["replayQueue", "app:parent"],
      async () => await app.operate("clearReplayQueue"),
    );

    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "canceled",
      error: { message: "An operator called clearReplayQueue." },
    });
  });

  test("with a shard leaves the other shards alone", async () => {
    const { app, countStates } = createApp({ shards: 2, slotsPerShard: 8 });
    await app.startMany(
      "hold",
      Array.from({ length: 6 }, () => ({ args: {} })),
    );
    await app.runUntil(async () => (await app.rows("steps")).length === 6);
    await app.operate("bumpEpoch");
    await app.runFor(1);
    await fail(app, { includeRunning: true });

    const answer = await app.operate("clearReplayQueue", { shard: 1 });

    expect(answer).toMatchObject({ settled: 3 });
    expect(await countStates()).toEqual({ canceled: 3, running: 3 });
    await app.operate("startExecutors");
    await app.run();
    expect(await countStates()).toEqual({ canceled: 3, failed: 3 });
  });

  test("with nothing queued settles nothing", async () => {
    const { app } = createApp();

    const answer = await app.operate("clearReplayQueue");

    expect(answer).toMatchObject({ settled: 0, continues: false, dryRun: false });
  });
});
