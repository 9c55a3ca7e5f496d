/** Signals: each settlement from outside is a row of its own, and none is ever lost (P2). */
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import type { Infer } from "convex/values";
import type { vScanAnswer } from "../src/component/scanning.js";
import type { WorkflowId } from "../src/client/index.js";
import { HOT_GRACE_MS, SIGNALS_PAGE } from "../src/shared/constants.js";
import { TestApp, workflowRef } from "./harness/app.js";
import { WorkApp, type Part } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1 };
const TWO_SEATS = { shards: 2, seats: 2 };
/** Results of which five make a second page of the journal. */
const LARGE = 900_000;
const NEVER = new Promise<never>(() => undefined);

type Scan = Infer<typeof vScanAnswer>;

/** A workflow that waits for two children, with large steps between them or after them. */
function createPaged(isBetween: boolean) {
  const app = new TestApp(ONE_SEAT, (executor) => ({
    hold: executor
      .define({ args: { name: v.string() } })
      .handler(async (step) => await step.run("hold", () => NEVER)),
    main: executor.define({}).handler(async (step) => {
      const wait = async (name: string) =>
        await step.runWorkflow(workflowRef("hold"), { name }).catch(() => name);
      const first = wait("first");
      const second = isBetween ? null : wait("second");
      for (let n = 0; n < 6; n += 1)
        await step.run("large", () => "x".repeat(LARGE).length);
      for (let n = 0; n < 6; n += 1) await step.run("large", () => "x".repeat(LARGE));
      return await Promise.all([first, second ?? wait("second")]);
    }),
  }));
  return app;
}

async function cancelChild(app: TestApp, name: string): Promise<void> {
  type Workflow = { _id: WorkflowId; args: string; state: string };
  type Payload = { _id: string; value: { name?: string } };
  const payloads = await app.rows<Payload>("payloads");
  const args = payloads.find(({ value }) => value.name === name)!._id;
  const child = (await app.rows<Workflow>("workflows")).find((one) => one.args === args)!;
  await app.inMutation(async (ctx) => app.executor.cancel(ctx, child._id));
}

describe("a signal", () => {
  test.each([
    ["on the page that was read", false],
    ["on a page still to be read", true],
  ])(
    "of a step %s, which settles in the middle of a replay, is not lost",
    async (_where, isBetween) => {
      const app = createPaged(isBetween);
      const id = await app.start("main");
      await app.runUntil(async () => {
        const rows = await app.rows("claims");
        return (await app.rows("steps")).length === 16 && rows.length === 2;
      });
      let reads = 0;
      app.faults.onAnswer = async (name) => {
        if (name !== "executor:journals") return;
        reads += 1;
        if (reads === 1) await cancelChild(app, "second");
      };

      await cancelChild(app, "first");
      await app.runUntil(async () => (await app.status(id)).state === "completed");

      expect(await app.status(id)).toMatchObject({ result: ["first", "second"] });
      expect(reads).toBeGreaterThan(1);
      expect(await app.rows("replayQueue")).toEqual([]);
    },
  );

  test("that comes between a holder's read and its commit is taken by the next", async () => {
    const app = new WorkApp(ONE_SEAT);
    const child = (key: string): Part => ({
      kind: "child",
      parts: [{ kind: "work", key, ms: 60_000 }],
    });
    const parts = [child("a"), child("b"), { kind: "work", key: "beside" } as Part];
    const id = await app.begin([{ kind: "caught", parts }]);
    await app.runUntilWorking("b");
    type Workflow = { _id: WorkflowId; parent?: object };
    const children = (await app.rows<Workflow>("workflows")).filter((one) => one.parent);
    const cancel = async (index: number) =>
      await app.inMutation(async (ctx) => app.executor.cancel(ctx, children[index]!._id));
    let reads = 0;
    app.faults.onAnswer = async (name) => {
      if (name !== "executor:settled") return;
      reads += 1;
      if (reads === 1) await cancel(1);
    };

    await cancel(0);
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "completed",
      result: [["CHILD_CANCELED", "CHILD_CANCELED", "beside"]],
    });
    expect(reads).toBe(2);
    expect(await app.rows("replayQueue")).toEqual([]);
  });

  test("of a wide fan-out hides no other workflow behind it", async () => {
    const app = new WorkApp(ONE_SEAT);
    // They have not begun, so that a cancel ends them at once.
    const wide = Array.from({ length: 40 }, (): Part => ({
      kind: "child",
      parts: [],
      runAfter: 3_600_000,
    }));
    const ids = [
      await app.begin([{ kind: "caught", parts: wide }]),
      await app.begin([{ kind: "caught", parts: wide.slice(0, 1) }]),
    ];
    await app.runUntil(async () => (await app.rows("steps")).length === 41);
    await app.operate("bumpEpoch");
    await app.runFor(5_000);
    for (const { _id } of await listChildren(app))
      await app.inMutation(async (ctx) => app.executor.cancel(ctx, _id));
    expect(await app.rows("replayQueue")).toHaveLength(41);
    const scans: Scan[] = [];
    app.faults.onCall = async (name, args) => {
      if (name !== "executor:scan") return;
      const wanted = { ...(args as object), tasks: 5, replays: 5 };
      scans.push(await app.call("query", app.component.executor.scan, wanted));
    };

    await app.operate("startExecutors");
    await app.runUntil(() => scans.length > 0);

    expect(scans[0]!.replays.map(({ workflow }) => workflow)).toEqual(
      expect.arrayContaining(ids),
    );
    await app.run();
    for (const id of ids)
      expect(await app.status(id)).toMatchObject({ state: "completed" });
  });

  test("of more settlements than one page are all consumed, in pages", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 300 });
    const count = SIGNALS_PAGE + 20;
    const parts = Array.from({ length: count }, (): Part => ({
      kind: "child",
      parts: [{ kind: "sleep", ms: 60_000 }],
    }));

    const id = await app.begin([{ kind: "all", parts }]);
    await app.run();

    const { state, result } = await app.status(id);
    expect(state).toBe("completed");
    expect((result as unknown[][])[0]).toHaveLength(count);
    expect(await app.rows("replayQueue")).toEqual([]);
  });
});

describe("a child on another seat", () => {
  /** A parent whose child sits on the other seat, and works for `ms`. */
  async function createFamily(ms: number) {
    const app = new WorkApp(TWO_SEATS);
    const parts: Part[] = [{ kind: "work", key: "child", ms }];
    const id = await app.begin([
      { kind: "child", parts },
      { kind: "work", key: "after" },
    ]);
    await app.runUntilWorking("child");
    const rows = await app.rows<{ _id: string; shard: number }>("workflows");
    expect(new Set(rows.map(({ shard }) => shard)).size).toBe(2);
    const { shard } = rows.find(({ _id }) => _id === id)!;
    const parents = app.faults.incarnations.findIndex(({ self }) => self.seat === shard);
    return { app, id, parents };
  }

  test.each([
    ["hot", 1_000],
    ["cold", 2 * HOT_GRACE_MS],
    ["cold, and whose executor has retired", 60_000],
  ])("is heard by a parent that is %s", async (_state, ms) => {
    const { app, id } = await createFamily(ms);
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
    expect(app.order).toEqual(["child", "after"]);
  });

  test("is heard by a parent whose executor has died", async () => {
    const { app, id, parents } = await createFamily(30_000);
    await app.crash(parents);

    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
    expect(app.order).toEqual(["child", "after"]);
  });
});

async function listChildren(app: TestApp): Promise<{ _id: WorkflowId }[]> {
  type Workflow = { _id: WorkflowId; parent?: object };
  return (await app.rows<Workflow>("workflows")).filter((one) => one.parent);
}
