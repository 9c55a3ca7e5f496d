/** Child workflows, and cancellation, which goes both ways between them. */
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import type { WorkflowId } from "../src/client/index.js";
import type { Entry } from "../src/shared/commit.js";
import { HOT_GRACE_MS, HOT_PER_SLOT } from "../src/shared/constants.js";
import { TestApp, workflowRef } from "./harness/app.js";
import { delay, WorkApp, type Part } from "./harness/work.js";

function createApp(options: { shards?: number; slotsPerShard?: number } = {}) {
  const signals: AbortSignal[] = [];
  const app = new TestApp(options, (executor) => ({
    leaf: executor
      .define({ args: { text: v.string() } })
      .handler(async (step, { text }) => await step.run("leaf", () => text)),
    broken: executor.define({}).handler(async (step) => {
      await step.run("broken", () => {
        throw Object.assign(new Error("no bread"), { code: "BREAD" });
      });
    }),
    hold: executor.define({}).handler(async (step) => {
      await step.run("hold", async ({ signal }) => {
        signals.push(signal);
        await new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(new Error("aborted"))),
        );
      });
    }),
    parent: executor
      .define({ args: { child: v.string(), args: v.any() } })
      .handler(
        async (step, { child, args }) =>
          await step.runWorkflow(workflowRef(child), args as Record<string, never>),
      ),
    careful: executor.define({ args: { child: v.string() } }).handler(
      async (step, { child }) =>
        await step
          .runWorkflow(workflowRef(child), {})
          .catch(({ code, message }: { code: string; message: string }) => ({
            code,
            message,
          })),
    ),
    family: executor
      .define({ args: { count: v.number() } })
      .handler(
        async (step, { count }) =>
          await Promise.all(
            Array.from({ length: count }, async (_, n) =>
              step.runWorkflow(workflowRef("leaf"), { text: `${n}` }),
            ),
          ),
      ),
    crowd: executor
      .define({ args: { count: v.number() } })
      .handler(
        async (step, { count }) =>
          await Promise.all(
            Array.from({ length: count }, async () =>
              step.runWorkflow(workflowRef("hold"), {}),
            ),
          ),
      ),
    racer: executor
      .define({})
      .handler(
        async (step) =>
          await Promise.race([
            step.runWorkflow(workflowRef("hold"), {}),
            step.run("quick", () => "quick"),
          ]),
      ),
  }));
  const cancel = async (id: WorkflowId, reason?: string) =>
    await app.inMutation(async (ctx) => await app.executor.cancel(ctx, id, reason));
  const findChild = async (parent: WorkflowId) =>
    (await app.steps(parent)).page[0]!.child as WorkflowId;
  return { app, signals, cancel, findChild };
}

function nest(depth: number, args: object = { text: "deep" }): object {
  if (depth === 1) return { child: "leaf", args };
  return { child: "parent", args: nest(depth - 1, args) };
}

describe("a child workflow", () => {
  test("gives its result to its parent", async () => {
    const { app, findChild } = createApp();

    const id = await app.start("parent", { child: "leaf", args: { text: "hello" } });
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: "hello" });
    expect(await app.status(await findChild(id))).toMatchObject({
      definition: "app:leaf",
      parent: id,
      result: "hello",
    });
  });

  test("that fails throws in its parent, with its code and its id", async () => {
    const { app, findChild } = createApp();

    const id = await app.start("careful", { child: "broken" });
    await app.run();

    expect(await app.status(id)).toMatchObject({
      result: {
        code: "BREAD",
        message: `Child workflow app:broken (${await findChild(id)}) failed: no bread`,
      },
    });
  });

  test.each([3, 6])("may be nested %d deep", async (depth) => {
    const { app } = createApp();

    const id = await app.start("parent", nest(depth));
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: "deep" });
    expect(await app.rows("workflows")).toHaveLength(depth + 1);
  });

  test("keeps its parent's place in the order", async () => {
    const { app, findChild } = createApp();
    const id = await app.start("parent", nest(1));
    await app.run();

    type Row = { _id: string; workflowCreatedAt: number };
    const rows = await app.rows<Row>("workflows");
    const createdAt = new Map(rows.map((row) => [row._id, row.workflowCreatedAt]));

    expect(createdAt.get(await findChild(id))).toBe(createdAt.get(id));
  });

  test("needs no slot of its parent: more children than may be hot all finish", async () => {
    const { app } = createApp({ shards: 1, slotsPerShard: 1 });

    const ids = await app.startMany("family", [
      { args: { count: 12 } },
      { args: { count: 12 } },
    ]);
    await app.run();

    for (const id of ids) {
      const { state, result } = await app.status(id);
      expect(state).toBe("completed");
      expect(result).toHaveLength(12);
    }
  });

  test("of many parents that all wait leaves room for the children", async () => {
    const { app } = createApp({ shards: 1, slotsPerShard: 1 });

    const ids = await app.startMany(
      "parent",
      Array.from({ length: 10 }, () => ({ args: nest(3) })),
    );
    await app.run();

    for (const id of ids)
      expect(await app.status(id)).toMatchObject({ state: "completed" });
  });

  test("that lost a race ends with its parent", async () => {
    const { app, findChild } = createApp();

    const id = await app.start("racer");
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: "quick" });
    expect(await app.status(await findChild(id))).toMatchObject({
      state: "canceled",
      error: { message: `its parent ${id} is finished` },
    });
  });
});

describe("cancel", () => {
  test("of a workflow that has not begun keeps it from beginning", async () => {
    const { app, cancel, signals } = createApp();
    const id = await app.start("hold");

    const isCanceled = await cancel(id, "no need");
    await app.run();

    expect(isCanceled).toBe(true);
    expect(await app.status(id)).toMatchObject({
      state: "canceled",
      error: { message: "no need" },
    });
    expect(signals).toEqual([]);
  });

  test("of a hot workflow aborts what runs within a heartbeat", async () => {
    const { app, cancel, signals } = createApp();
    const id = await app.start("hold");
    await app.runUntil(() => signals.length === 1);

    await cancel(id);
    await app.runFor(11_000);

    expect(signals[0]!.aborted).toBe(true);
    expect(await app.status(id)).toMatchObject({ state: "canceled", running: [] });
    expect((await app.steps(id)).page).toMatchObject([
      { state: "failed", outcome: { error: { code: "CANCELED" } } },
    ]);
    await app.run();
  });

  test("of a cold parent cancels its children, and theirs", async () => {
    const { app, cancel, findChild, signals } = createApp();
    const id = await app.start("parent", {
      child: "parent",
      args: { child: "hold", args: {} },
    });
    await app.runUntil(() => signals.length === 1);

    await cancel(id);
    await app.run();

    const child = await findChild(id);
    const grandchild = await findChild(child);
    for (const one of [id, child, grandchild])
      expect(await app.status(one)).toMatchObject({ state: "canceled" });
    expect(signals[0]!.aborted).toBe(true);
  });

  test("of a child is an error that its parent can catch", async () => {
    const { app, cancel, findChild, signals } = createApp();
    const id = await app.start("careful", { child: "hold" });
    await app.runUntil(() => signals.length === 1);
    const child = await findChild(id);

    await cancel(child, "too slow");
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "completed",
      result: {
        code: "CHILD_CANCELED",
        message: `Child workflow app:hold (${child}) was canceled: too slow.`,
      },
    });
  });

  test("of more children than a page reaches them all", async () => {
    const { app, cancel } = createApp({ shards: 1, slotsPerShard: 1 });
    const id = await app.start("crowd", { count: 150 });
    await app.runUntil(async () => (await app.rows("workflows")).length > 150);

    await cancel(id);
    await app.run();

    const states = (await app.rows<{ state: string }>("workflows")).map(
      (row) => row.state,
    );
    expect(states).toHaveLength(151);
    expect(new Set(states)).toEqual(new Set(["canceled"]));
  }, 20_000);

  test("of what has finished answers false and changes nothing", async () => {
    const { app, cancel } = createApp();
    const id = await app.start("leaf", { text: "done" });
    await app.run();

    expect(await cancel(id)).toBe(false);
    expect(await app.status(id)).toMatchObject({ state: "completed", result: "done" });
  });

  test("twice answers true once", async () => {
    const { app, cancel } = createApp();
    const id = await app.start("hold");

    expect([await cancel(id, "first"), await cancel(id, "second")]).toEqual([
      true,
      false,
    ]);
    expect(await app.status(id)).toMatchObject({ error: { message: "first" } });
  });
});

describe("a parent that waits for its children", () => {
  const ONE_SLOT = { shards: 1, seats: 1, slotsPerShard: 1 };

  /** A parent of one child that takes `ms`. */
  function parentOf(key: string, ms: number): Part[] {
    return [{ kind: "child", parts: [{ kind: "work", key, ms }] }];
  }

  test("stays hot for a grace, and is told by signals", async () => {
    const app = new WorkApp(ONE_SLOT);

    const id = await app.begin([...parentOf("a", 1_000), ...parentOf("b", 1_000)]);
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
    expect(app.faults.count("executor:journals")).toBe(0);
    expect(app.faults.count("executor:settled")).toBe(2);
  });

  test("is let go of when its grace is over, and replayed", async () => {
    const app = new WorkApp(ONE_SLOT);

    const id = await app.begin(parentOf("slow", 2 * HOT_GRACE_MS));
    await app.runUntilWorking("slow");
    await app.runFor(HOT_GRACE_MS + 1_000);

    const claims = await app.rows<{ workflow: string }>("claims");
    expect(claims.map(({ workflow }) => workflow)).not.toContain(id);
    await app.run();
    expect(await app.status(id)).toMatchObject({ state: "completed" });
    expect(app.faults.count("executor:journals")).toBe(1);
  });

  test("never blocks its child, though as many parents are hot as may be", async () => {
    const app = new WorkApp(ONE_SLOT);
    const startedAt = app.now();

    const keys = Array.from({ length: 3 * HOT_PER_SLOT }, (_, n) => `child ${n}`);
    const ids: WorkflowId[] = [];
    for (const key of keys) ids.push(await app.begin(parentOf(key, 10)));
    await app.run();

    for (const id of ids)
      expect(await app.status(id)).toMatchObject({ state: "completed" });
    // Not after a grace for every few of them: they make room at once.
    const endedAt = Math.max(...app.attempts.map((one) => one.endedAt!));
    expect(endedAt - startedAt).toBeLessThan(HOT_GRACE_MS);
  });

  test("which is let go of with its executor is not replayed before its child is over", async () => {
    const app = new WorkApp(ONE_SLOT);
    const id = await app.begin([
      { kind: "child", parts: [{ kind: "sleep", ms: 4 * 60_000 }] },
    ]);
    await app.runUntil(async () => (await app.rows("steps")).length === 2);

    await app.operate("bumpEpoch", { restart: true });
    await app.runFor(5_000);

    const places = [...(await app.rows("claims")), ...(await app.rows("replayQueue"))];
    expect(places.map(({ workflow }) => workflow)).not.toContain(id);
    await app.run();
    expect(await app.status(id)).toMatchObject({ state: "completed" });
  });
});

describe("a parent and its child that end in one commit", () => {
  test("leave nothing behind", async () => {
    let finishing = 0;
    let running = 0;
    let begin!: () => void;
    const end = new Promise<void>((resolve) => (begin = resolve)).then(async () =>
      delay(50),
    );
    const together = async () => {
      running += 1;
      if (running === 2) begin();
      await end;
    };
    const app = new TestApp({ shards: 1, seats: 1, slotsPerShard: 8 }, (executor) => ({
      child: executor.define({}).handler(async (step) => step.run("child", together)),
      racer: executor.define({}).handler(async (step) => {
        const child = step.runWorkflow(workflowRef("child"), {});
        await Promise.race([child, step.run("own", together)]);
        return "over";
      }),
    }));
    app.faults.onAnswer = (name, args) => {
      if (name !== "executor:commit") return;
      const { entries } = args as { entries: Entry[] };
      const ends = entries.filter(({ operations: all }) => all.at(-1)?.op === "finish");
      finishing = Math.max(finishing, ends.length);
    };

    const id = await app.start("racer");
    await app.run();

    expect(finishing).toBe(2);
    expect((await app.status(id)).result).toBe("over");
    for (const table of ["timers", "replayQueue", "claims", "taskQueue"])
      expect(await app.rows(table)).toEqual([]);
    const workflows = await app.rows<{ state: string }>("workflows");
    expect(workflows.map(({ state }) => state).sort()).toEqual(["canceled", "completed"]);
  });
});
