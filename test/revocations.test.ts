/** What a cancel takes from an executor is told to it once, by a row that goes when it was heard (V1, V2). */
import { describe, expect, test } from "vitest";
import type { WorkflowId } from "../src/client/index.js";
import type { CommitArgs } from "../src/shared/commit.js";
import { HEARTBEAT_MS, REVOCATIONS_PAGE, SECOND } from "../src/shared/constants.js";
import { WorkApp } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1, slotsPerShard: 8 };
/** Milliseconds; far longer than a heartbeat. */
const LONG_MS = 120_000;

/** An executor in the middle of long steps, and what its commits say was heard. */
async function runLong(count: number) {
  const app = new WorkApp(ONE_SEAT);
  const heard: string[][] = [];
  app.faults.onCall = (name, args) => {
    if (name === "executor:commit") heard.push((args as CommitArgs).heard ?? []);
  };
  const ids: WorkflowId[] = [];
  for (let n = 0; n < count; n += 1)
    ids.push(await app.begin([{ kind: "work", key: `w${n}`, ms: LONG_MS }]));
  await app.runUntil(() => app.attempts.length === count);
  const cancel = async (id: WorkflowId) =>
    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id, { force: true }));
  return { app, heard, ids, cancel };
}

describe("a claim that a cancel has taken", () => {
  test("is told with the next heartbeat, and said to be heard with the one after", async () => {
    const { app, heard, ids, cancel } = await runLong(3);

    await cancel(ids[1]!);
    await app.runFor(HEARTBEAT_MS + 1_000);

    expect(app.attempts.map(({ isAborted }) => isAborted)).toEqual([false, true, false]);
    const rows = await app.rows<{ _id: string }>("revocations");
    expect(rows).toHaveLength(1);
    expect(heard.flat()).toEqual([]);
    await app.runFor(HEARTBEAT_MS);
    expect(await app.rows("revocations")).toEqual([]);
    await app.run();
    expect(heard.flat()).toEqual(rows.map(({ _id }) => _id));
  });

  test("is told again when the commit that told it was not heard", async () => {
    const { app, ids, cancel } = await runLong(1);

    await cancel(ids[0]!);
    app.faults.add({ on: "executor:commit", when: "after" });
    // The call is made again without what rides; the next heartbeat asks again.
    await app.runFor(2 * HEARTBEAT_MS + 5_000);

    expect(app.faults.hits.get("executor:commit")).toBe(1);
    expect(app.attempts[0]!.isAborted).toBe(true);
    await app.run();
    expect(await app.rows("revocations")).toEqual([]);
  });

  test("says nothing of the claim that the next generation takes on the same executor", async () => {
    const { app, ids } = await runLong(2);

    await app.inMutation(async (ctx) => app.executor.restart(ctx, ids[0]!, {}));
    await app.run();

    expect(app.attempts.filter(({ isAborted }) => isAborted)).toHaveLength(1);
    expect(app.attempts.map(({ key }) => key)).toEqual(["w0", "w1", "w0"]);
    expect(await app.rows("revocations")).toEqual([]);
  });

  test("goes with an executor that dies before it has heard", async () => {
    const { app, ids, cancel } = await runLong(2);

    await cancel(ids[0]!);
    app.faults.crash();
    await app.run();

    expect(await app.rows("revocations")).toEqual([]);
  });
});

describe("more claims than one answer tells of", () => {
  const COUNT = REVOCATIONS_PAGE + 50;
  /** Cancels of one mutation. */
  const PAGE = 50;

  /** An executor in the middle of long steps, all but one of which are canceled at once. */
  async function cancelMany() {
    const app = new WorkApp({ shards: 1, seats: 1, slotsPerShard: COUNT + 1 });
    await app.begin([{ kind: "work", key: "kept", ms: LONG_MS }]);
    const ids: WorkflowId[] = [];
    for (let from = 0; from < COUNT; from += PAGE) {
      const items = Array.from({ length: PAGE }, (_, n) => ({
        args: { parts: [{ kind: "work", key: `w${from + n}`, ms: LONG_MS }] },
      }));
      ids.push(...(await app.startMany("main", items)));
    }
    await app.runUntil(() => app.attempts.length === COUNT + 1);
    for (let from = 0; from < COUNT; from += PAGE)
      await app.inMutation(async (ctx) => {
        for (const id of ids.slice(from, from + PAGE))
          await app.executor.cancel(ctx, id, { force: true });
      });
    const rows = (await app.rows<{ _id: string }>("revocations")).map(({ _id }) => _id);
    expect(rows).toHaveLength(COUNT);
    return { app, rows };
  }

  test("are all told, one answer after the other, and each heard of once", async () => {
    const { app, rows } = await cancelMany();
    const heard: string[][] = [];
    app.faults.onCall = (name, args) => {
      if (name === "executor:commit") heard.push((args as CommitArgs).heard ?? []);
    };

    // The second answer does not wait for a heartbeat of its own.
    await app.runFor(HEARTBEAT_MS + SECOND);

    expect(app.attempts.filter(({ isAborted }) => isAborted)).toHaveLength(COUNT);
    await app.run();
    expect(await app.rows("revocations")).toEqual([]);
    expect(heard.map(({ length }) => length).filter((length) => length > 0)).toEqual([
      REVOCATIONS_PAGE,
      COUNT - REVOCATIONS_PAGE,
    ]);
    expect(new Set(heard.flat())).toEqual(new Set(rows));
  });

  test("go with an executor that dies before it has heard of any", async () => {
    const { app } = await cancelMany();

    app.faults.crash();
    await app.run();

    expect(await app.rows("revocations")).toEqual([]);
  });
});

test("commits ask about no claim for which they record nothing", async () => {
  const { app } = await runLong(8);
  const { metrics } = await app.convex();
  const before = metrics.of("executor/executor:commit");

  await app.runFor(3 * HEARTBEAT_MS);

  const { calls, documentsRead } = metrics.of("executor/executor:commit");
  const made = calls - before.calls;
  expect(made).toBeGreaterThanOrEqual(2);
  // The seat and the heartbeat, which is read again to be patched: none of eight claims.
  expect((documentsRead - before.documentsRead) / made).toBe(3);
  await app.run();
});
