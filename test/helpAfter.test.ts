/** What becomes of a workflow after a helper has moved it, and what is never moved (P18). */
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import type { StartOptions, WorkflowId } from "../src/client/index.js";
import { HOT_WAIT_MS_MAX, LEFTOVERS_INLINE, MINUTE } from "../src/shared/constants.js";
import { TestApp, type AppOptions } from "./harness/app.js";

import {
  HOT,
  moveToHotShard,
  seatOf,
  startOnOneShard,
  waitUntil,
} from "./harness/help.js";
import { delay } from "./harness/work.js";

const TWO_SEATS = { shards: 2, seats: 2, slotsPerShard: 2 };
const COUNT = 24;

type WorkflowRow = { _id: WorkflowId; shard: number; state: string; generation: number };
type Row = { workflow: WorkflowId; shard: number; kind?: string };

/** An app whose workflows work for a second and then do what a test says. */
function createApp(
  then: (step: Step) => Promise<unknown>,
  options: AppOptions = {},
): TestApp {
  return new TestApp({ ...TWO_SEATS, ...options }, (executor) => ({
    main: executor.define({ args: { n: v.number() } }).handler(async (step) => {
      const body = async () => {
        await delay(4_000);
        return null;
      };
      await step.run("work", body);
      await then(step);
    }),
  }));
}

type Step = Parameters<
  Parameters<ReturnType<TestApp["executor"]["define"]>["handler"]>[0]
>[0];

function items(
  options: StartOptions = {},
  count = COUNT,
): ({ args: object } & StartOptions)[] {
  return Array.from({ length: count }, (_, n) => ({ args: { n }, ...options }));
}

async function listMoved(app: TestApp): Promise<WorkflowId[]> {
  const rows = await app.rows<WorkflowRow>("workflows");
  return rows.filter(({ shard }) => shard !== HOT).map(({ _id }) => _id);
}

async function expectAll(app: TestApp, state: string): Promise<void> {
  const rows = await app.rows<WorkflowRow>("workflows");
  expect(new Set(rows.map((row) => row.state))).toEqual(new Set([state]));
}

/** Seats on which workflows were claimed as replays, by workflow. */
function noteReplays(app: TestApp): Map<string, number> {
  const seats = new Map<string, number>();
  app.faults.onCall = (name, args, index) => {
    if (name !== "executor:commit") return;
    const { entries } = args as {
      entries: { workflow: string; operations: { op: string }[] }[];
    };
    for (const { workflow, operations } of entries)
      if (operations.some(({ op }) => op === "claimReplay"))
        seats.set(workflow, seatOf(app, index));
  };
  return seats;
}

describe("a workflow that was moved", () => {
  test("is woken on its new seat from a far sleep", async () => {
    const app = createApp(async (step) => step.sleep(2 * HOT_WAIT_MS_MAX));
    const replays = noteReplays(app);

    await startOnOneShard(app, items());
    await app.runUntil(async () => (await app.rows("timers")).length === COUNT);
    const moved = await listMoved(app);
    const timers = await app.rows<Row>("timers");
    await app.run();

    expect(moved.length).toBeGreaterThan(2);
    for (const { workflow, shard } of timers)
      expect(shard === HOT).toBe(!moved.includes(workflow));
    for (const [workflow, seat] of replays)
      expect(seat === HOT).toBe(!moved.includes(workflow as WorkflowId));
    expect(replays.size).toBe(COUNT);
    await expectAll(app, "completed");
  });

  test("is woken on its new seat by an event", async () => {
    const app = createApp(async (step) => step.awaitEvent({ name: "go" }));
    const replays = noteReplays(app);
    const ids = await startOnOneShard(app, items());
    await app.run();
    const moved = await listMoved(app);

    for (const workflowId of ids)
      await app.inMutation(async (ctx) =>
        app.executor.sendEvent(ctx, { workflowId, name: "go", value: null }),
      );
    await app.run();

    expect(moved.length).toBeGreaterThan(2);
    for (const id of moved) expect(replays.get(id)).not.toBe(HOT);
    await expectAll(app, "completed");
  });

  test("fails at its timeout, which its old seat fires", async () => {
    const app = createApp(async (step) => step.sleep(4 * HOT_WAIT_MS_MAX));

    await startOnOneShard(app, items({ timeoutMs: 3 * HOT_WAIT_MS_MAX }));
    await app.runUntil(async () => (await listMoved(app)).length > 2);
    const timers = await app.rows<Row>("timers");
    await app.run();

    const timeouts = timers.filter(({ kind }) => kind === "timeout");
    expect(timeouts).toHaveLength(COUNT);
    expect(new Set(timeouts.map(({ shard }) => shard))).toEqual(new Set([HOT]));
    await expectAll(app, "failed");
    for (const id of await listMoved(app))
      expect((await app.status(id)).error?.code).toBe("WORKFLOW_TIMEOUT");
  });

  test("stays there when it is restarted", async () => {
    const app = createApp(async () => undefined);
    await startOnOneShard(app, items());
    await app.run();
    const moved = await listMoved(app);

    await app.inMutation(async (ctx) => app.executor.restart(ctx, moved[0]!));
    await app.run();

    expect(await listMoved(app)).toEqual(moved);
    await expectAll(app, "completed");
  });

  test("is handed over on its new seat, and outlives a bumped epoch", async () => {
    const app = createApp(async (step) => step.sleep(5_000), {
      lifetimeMs: 10_000,
      drainMs: 5_000,
    });
    await startOnOneShard(app, items());
    await app.runUntil(async () => (await listMoved(app)).length > 2);
    await app.operate("bumpEpoch", { restart: true });
    expect(await app.rows("helpCalls")).toEqual([]);
    await app.run();

    await expectAll(app, "completed");
  });
});

describe("a generation whose predecessor has left signals", () => {
  const EVENTS = Array.from({ length: 3 * LEFTOVERS_INLINE }, (_, n) => `e${n}`);

  test("is moved without them, and they go", async () => {
    const app = createApp(async (step) =>
      Promise.all(EVENTS.map(async (name) => step.awaitEvent({ name }))),
    );
    const send = async (workflowId: WorkflowId, names: string[]) => {
      for (const name of names)
        await app.inMutation(async (ctx) =>
          app.executor.sendEvent(ctx, { workflowId, name, value: null }),
        );
    };
    const late = { args: { n: 0 }, priority: -10 * MINUTE };
    const [id] = await startOnOneShard(app, [late]);
    await app.run();
    await app.operate("bumpEpoch");
    await send(id!, EVENTS.slice(1));
    await app.inMutation(async (ctx) => app.executor.restart(ctx, id!));
    const others = await app.startMany("main", items());
    await moveToHotShard(app);
    const left = (await app.rows("replayQueue")).length;
    // What was left is removed when the new generation has begun.
    app.faults.onCall = async (name) => {
      const isQueued = async () =>
        (await app.rows<Row>("taskQueue")).some(({ workflow }) => workflow === id);
      if (name === "executor:fireTimers")
        await waitUntil(async () => !(await isQueued()));
    };
    await app.operate("startExecutors");
    await app.run();

    expect(left).toBeGreaterThan(LEFTOVERS_INLINE);
    expect(await listMoved(app)).toContain(id);
    expect(await app.rows("replayQueue")).toEqual([]);
    for (const one of [id!, ...others]) await send(one, EVENTS);
    await app.run();
    await expectAll(app, "completed");
  });
});
