/** A restart between any two calls of an executor: each outcome counts once, or not at all. */
import { describe, expect, test } from "vitest";
import type { WorkflowId } from "../src/client/index.js";
import { TestApp, workflowRef } from "./harness/app.js";
import { end } from "./harness/states.js";
import { delay, WorkApp, type Part } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1 };
const PARTS: Part[] = [
  { kind: "charge", key: "first" },
  { kind: "work", key: "call" },
  { kind: "child", parts: [{ kind: "charge", key: "grown" }] },
  { kind: "charge", key: "last" },
];

async function restart(app: TestApp, id: WorkflowId, fromStep?: number): Promise<number> {
  const options = fromStep === undefined ? {} : { fromStep };
  const answer = await app.inMutation(async (ctx) =>
    app.executor.restart(ctx, id, options),
  );
  return answer.generation;
}

/** Restarts whole, and answers the charges that were made by then, in one transaction. */
async function restartWhole(app: WorkApp, id: WorkflowId): Promise<string[]> {
  return await app.inMutation(async (ctx) => {
    await app.executor.restart(ctx, id);
    const charges = await ctx.db.query("charges").collect();
    return charges.map(({ key }) => key as string);
  });
}

/** Restarts from the first step that has not settled, in one transaction. */
async function restartOpen(app: WorkApp, id: WorkflowId): Promise<void> {
  await app.inMutation(async (ctx) => {
    const { page } = await app.executor.listSteps(ctx, { workflow: id });
    const open = page.findIndex(({ settledAt }) => settledAt === undefined);
    const fromStep = open === -1 ? page.length : open;
    await app.executor.restart(ctx, id, { fromStep });
  });
}

/** Does something once, around the call with this number. */
function around(
  app: TestApp,
  when: "onCall" | "onAnswer",
  at: number,
  act: () => Promise<void>,
): { happened: boolean } {
  const seen = { happened: false };
  let calls = 0;
  app.faults[when] = async () => {
    calls += 1;
    if (calls !== at) return;
    seen.happened = true;
    await act();
  };
  return seen;
}

/** Calls that the workflow above takes; later moments find it finished. */
const CALLS = Array.from({ length: 24 }, (_, index) => index + 1);

describe.each(["onCall", "onAnswer"] as const)("a restart %s", (when) => {
  test.each(CALLS)(
    "%d, whole: effects are those before it and one run more",
    async (at) => {
      const app = new WorkApp(ONE_SEAT);
      const id = await app.begin(PARTS);
      let before: string[] = [];
      const seen = around(app, when, at, async () => {
        before = await restartWhole(app, id);
        expect(await app.audit()).toEqual([]);
      });

      await app.run();

      expect((await app.status(id)).state).toBe("completed");
      if (!seen.happened) return;
      expect(await app.status(id)).toMatchObject({ generation: 1 });
      const own = [...before, "first", "last"].filter((key) => key !== "grown").sort();
      const charges = await app.charges();
      // A child of the old generation may still get to its charge before it is canceled.
      expect(charges.filter((key) => key !== "grown")).toEqual(own);
      expect(charges).toContain("grown");
    },
  );

  test.each(CALLS)("%d, from what has settled: nothing is done twice", async (at) => {
    const app = new WorkApp(ONE_SEAT);
    const id = await app.begin(PARTS);
    around(app, when, at, async () => {
      await restartOpen(app, id);
      expect(await app.audit()).toEqual([]);
    });

    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    const charges = await app.charges();
    expect(charges.filter((key) => key === "first")).toHaveLength(1);
    expect(charges.filter((key) => key === "last")).toHaveLength(1);
  });

  test.each(CALLS)("%d, and a crash right after it, still completes", async (at) => {
    const app = new WorkApp(ONE_SEAT);
    const id = await app.begin(PARTS);
    const seen = around(app, when, at, async () => {
      await restart(app, id);
      app.faults.crash();
    });
    await app.run();
    if (seen.happened) await app.runUntilBuried();
    app.faults[when] = () => undefined;
    await app.operate("startExecutors");

    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    expect(await app.rows("claims")).toEqual([]);
  });
});

describe("a child that restarts", () => {
  function createApp() {
    const app = new TestApp(ONE_SEAT, (executor) => {
      let runs = 0;
      return {
        child: executor.define({}).handler(
          async (step) =>
            await step.run("count", async () => {
              runs += 1;
              const run = runs;
              await new Promise((resolve) => setTimeout(resolve, 1_000));
              return run;
            }),
        ),
        parent: executor
          .define({})
          .handler(async (step) => [
            await step.runWorkflow(workflowRef("child"), {}),
            await step.run("after", () => "after"),
          ]),
      };
    });
    const childOf = async () => {
      const { page } = await app.executor.list(app.reader, { definition: "app:child" });
      return page[0]!.id;
    };
    return { app, childOf };
  }

  test("settles a parent that still waits, with the new outcome", async () => {
    const { app, childOf } = createApp();
    const id = await app.start("parent");
    await app.runFor(500);
    const child = await childOf();

    await restart(app, child);
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: [2, "after"] });
    expect(await app.status(child)).toMatchObject({ result: 2, generation: 1 });
  });

  test("does not tell a parent again that was told", async () => {
    const { app, childOf } = createApp();
    const id = await app.start("parent");
    await app.run();
    const child = await childOf();

    await restart(app, child);
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: [1, "after"], generation: 0 });
    expect(await app.status(child)).toMatchObject({ result: 2 });
    expect(await app.rows("replayQueue")).toEqual([]);
  });

  test("is not told to the next generation of its parent", async () => {
    const { app } = createApp();
    const id = await app.start("parent");
    await app.runFor(500);

    await restart(app, id);
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: [2, "after"], generation: 1 });
  });
});

test("inherited random numbers are those that were recorded", async () => {
  const seen: string[] = [];
  const app = new TestApp(ONE_SEAT, (executor) => ({
    main: executor.define({}).handler(async (step) => {
      const first = crypto.randomUUID();
      await step.run(`named ${first}`, () => null);
      const second = crypto.randomUUID();
      await step.run("note", () => void seen.push(second));
      return first;
    }),
  }));
  const id = await app.start("main");
  await app.run();
  const { result } = await app.status(id);

  await restart(app, id, 1);
  await app.run();
  expect(await app.status(id)).toMatchObject({ state: "completed", result });
  expect(seen[1]).toBe(seen[0]);

  await restart(app, id);
  await app.run();
  expect((await app.status(id)).result).not.toBe(result);
});

describe("signals that a restart leaves behind", () => {
  /** More than one transaction removes at once (LEFTOVERS_INLINE). */
  const CHILDREN = 20;

  test.each([{ fromStep: undefined }, { fromStep: 1 }])(
    "hide the workflow from no scan: it is taken up in its turn (%o)",
    async ({ fromStep }) => {
      const app = new WorkApp({ shards: 1, seats: 1, slotsPerShard: 1 });
      const child: Part = { kind: "child", parts: [{ kind: "sleep", ms: 3_600_000 }] };
      const older = await app.begin([
        { kind: "work", key: "older" },
        { kind: "all", parts: Array.from({ length: CHILDREN }, () => child) },
      ]);
      await app.runFor(20_000); // all of them are cold
      await app.operate("bumpEpoch");
      for (const { _id } of (await app.rows<{ _id: WorkflowId }>("workflows")).slice(1))
        await end(app, _id);
      await restart(app, older, fromStep);
      await app.begin([{ kind: "work", key: "younger" }]);
      expect((await app.rows("replayQueue")).length).toBeGreaterThan(1);

      // What removes the rest comes late.
      app.faults.onCall = async (name) => {
        if (name === "executor:fireTimers") await delay(1_000);
      };
      await app.operate("startExecutors");
      const journals = () => app.faults.count("executor:journals");
      const before = journals();
      await app.runUntil(() => app.order.includes("younger"));

      // From a step, the work before it is kept, and the older one goes on with children.
      const again = fromStep === undefined ? ["older", "younger"] : ["younger"];
      expect(app.order.slice(1)).toEqual(again);
      const steps = await app.rows<{ generation: number }>("steps");
      expect(steps.some(({ generation }) => generation === 1)).toBe(true);
      expect(journals() - before).toBeLessThanOrEqual(fromStep === undefined ? 0 : 1);
      await app.inMutation(async (ctx) =>
        app.executor.cancel(ctx, older, { force: true }),
      );
      await app.run();
    },
  );
});
