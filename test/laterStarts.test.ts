/** Steps that start later, and attempts whose backoff is far: recorded now, begun then. */
import { actionGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { MINUTE } from "../src/shared/constants.js";
import { ref, TestApp, workflowRef } from "./harness/app.js";
import { WorkApp, type Part } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1 };
const HOUR = 60 * MINUTE;

/** A workflow of one step of each kind, which says when the step's code ran. */
function createClocks() {
  const ranAt: number[] = [];
  const note = () => {
    ranAt.push(app.now());
    return null;
  };
  const app = new TestApp(ONE_SEAT, (executor) => ({
    query: queryGeneric({ args: {}, handler: note }),
    mutation: mutationGeneric({ args: {}, handler: note }),
    action: actionGeneric({ args: {}, handler: note }),
    inProcess: executor.action({ args: {}, handler: note }),
    child: executor
      .define({})
      .handler(async (step) => await step.run("note", () => note())),
    main: executor
      .define({ args: { kind: v.string(), options: v.any() } })
      .handler(async (step, { kind, options }) => {
        switch (kind) {
          case "query":
            return await step.runQuery(ref<"query">("query"), {}, options as object);
          case "mutation":
            return await step.runMutation(
              ref<"mutation">("mutation"),
              {},
              options as object,
            );
          case "workflow":
            return await step.runWorkflow(workflowRef("child"), {}, options as object);
          case "run":
            return await step.run("note", () => note(), options as object);
          case "isolated":
            return await step.runAction(
              ref<"action">("action"),
              {},
              { ...(options as object), isolated: true },
            );
          default:
            return await step.runAction(ref<"action">(kind), {}, options as object);
        }
      }),
  }));
  return { app, ranAt };
}

const KINDS = [
  "query",
  "mutation",
  "action",
  "inProcess",
  "run",
  "workflow",
  "isolated",
] as const;

describe("a step that starts later", () => {
  test.each(KINDS.flatMap((kind) => [MINUTE, HOUR].map((ms) => ({ kind, ms }))))(
    "as $kind runs once, $ms ms after it was asked for",
    async ({ kind, ms }) => {
      const { app, ranAt } = createClocks();
      const startedAt = app.now();

      const id = await app.start("main", { kind, options: { runAfter: ms } });
      await app.run();

      expect(await app.status(id)).toMatchObject({ state: "completed" });
      expect(ranAt).toHaveLength(1);
      expect(ranAt[0]! - startedAt).toBeGreaterThanOrEqual(ms);
      expect(ranAt[0]! - startedAt).toBeLessThan(ms + 2_000);
      expect(await app.rows("timers")).toEqual([]);
    },
  );

  test.each(KINDS)("as %s at a time that has passed starts at once", async (kind) => {
    const { app, ranAt } = createClocks();
    const startedAt = app.now();

    await app.start("main", { kind, options: { runAt: startedAt - HOUR } });
    await app.runUntil(() => ranAt.length === 1);

    expect(app.now() - startedAt).toBeLessThan(1_000);
    await app.run();
  });

  test("at a time starts then", async () => {
    const { app, ranAt } = createClocks();
    const runAt = app.now() + HOUR;

    await app.start("main", { kind: "run", options: { runAt } });
    await app.run();

    expect(ranAt[0]! - runAt).toBeGreaterThanOrEqual(0);
    expect(ranAt[0]! - runAt).toBeLessThan(2_000);
  });

  test.each([MINUTE, HOUR])("in %s ms holds no slot until then", async (runAfter) => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 1 });
    await app.begin([{ kind: "work", key: "later", runAfter }]);
    await app.runFor(1_000);

    await app.begin([{ kind: "work", key: "now" }]);
    await app.run();

    expect(app.order).toEqual(["now", "later"]);
  });

  test("is counted as one attempt, though it was cold when it began", async () => {
    const app = new WorkApp(ONE_SEAT);

    const id = await app.begin([{ kind: "work", key: "later", runAfter: HOUR }]);
    await app.run();

    expect((await app.steps(id)).page).toMatchObject([{ attempts: 1, failures: 0 }]);
    expect(app.attempts).toMatchObject([{ attempt: 1 }]);
  });

  test("as a child can be canceled before it begins, and leaves nothing", async () => {
    const app = new WorkApp(ONE_SEAT);
    const parts: Part[] = [{ kind: "work", key: "never" }];
    const id = await app.begin([{ kind: "child", parts, runAfter: HOUR }]);
    await app.runUntil(async () => (await app.rows("timers")).length === 1);

    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id));
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "canceled" });
    expect(app.attempts).toEqual([]);
    expect(await app.rows("timers")).toEqual([]);
  });
});

describe("a far backoff", () => {
  const flaky: Part = { kind: "work", key: "flaky", failures: 2, backoffMs: HOUR };

  test("holds nothing, and the next attempt is the right one", async () => {
    const app = new WorkApp(ONE_SEAT);

    const id = await app.begin([flaky]);
    await app.runUntil(async () => (await app.rows("timers")).length === 1);
    await app.runFor(MINUTE);
    expect(await app.rows("claims")).toEqual([]);
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
    expect(app.attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    const [first, second] = app.attempts;
    expect(second!.startedAt - first!.endedAt!).toBeGreaterThanOrEqual(HOUR / 2);
    expect((await app.steps(id)).page).toMatchObject([{ attempts: 3, failures: 2 }]);
  });

  test("of a workflow that stays hot goes on in memory, at the same count", async () => {
    const app = new WorkApp({ ...ONE_SEAT, lifetimeMs: 1_700_000, drainMs: 100_000 });
    const beside: Part = { kind: "work", key: "beside", ms: 5 * MINUTE, failures: 1 };
    const once: Part = {
      kind: "work",
      key: "flaky",
      failures: 1,
      backoffMs: 10 * MINUTE,
    };

    const id = await app.begin([
      { kind: "all", parts: [once, beside] },
      { kind: "work", key: "last" },
    ]);
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
    expect(
      app.attempts.filter(({ key }) => key === "flaky").map(({ attempt }) => attempt),
    ).toEqual([1, 2]);
    expect(app.attemptsOf("beside")).toBe(2);
    expect(app.faults.count("executor:fireTimers")).toBe(1);
    expect(app.faults.count("executor:journals")).toBe(0);
  });

  test("is begun once more, and counted, if its executor dies in the attempt", async () => {
    const app = new WorkApp(ONE_SEAT);
    const slow: Part = { ...flaky, failures: 1, ms: MINUTE } as Part;
    const id = await app.begin([slow]);
    await app.runUntil(() => app.attempts.length === 2);

    await app.crash();
    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
    expect(app.attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });
});
