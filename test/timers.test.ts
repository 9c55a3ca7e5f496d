/** Far sleeps: durable, out of memory, and for free until they are over (P6, D5). */
import { describe, expect, test } from "vitest";
import { HOT_WAIT_MS_MAX, MINUTE, WATCHDOG_MS } from "../src/shared/constants.js";
import { WorkApp, type Part } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1 };
const HOUR = 60 * MINUTE;

function sleep(ms: number): Part {
  return { kind: "sleep", ms };
}

function work(key: string): Part {
  return { kind: "work", key };
}

/** All transactions of executors so far. */
function countCalls(app: WorkApp): number {
  return [...app.faults.counts.values()].reduce((sum, count) => sum + count, 0);
}

describe("a far sleep", () => {
  test("ends on time, though nobody is awake in between", async () => {
    const app = new WorkApp(ONE_SEAT);

    const id = await app.begin([work("before"), sleep(HOUR), work("after")]);
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
    const [before, after] = app.attempts;
    expect(after!.startedAt - before!.endedAt!).toBeGreaterThanOrEqual(HOUR);
    expect(after!.startedAt - before!.endedAt!).toBeLessThan(HOUR + 1_000);
    expect(app.faults.incarnations).toHaveLength(2);
    expect(await app.rows("timers")).toEqual([]);
  });

  test("costs no transaction between the retirement and the wake", async () => {
    const app = new WorkApp(ONE_SEAT);
    await app.begin([sleep(2 * HOUR)]);
    await app.runUntil(() => app.faults.count("executor:retire") === 1);
    await app.runFor(WATCHDOG_MS); // its last look
    const before = countCalls(app);
    const { transactions } = (await app.convex()).metrics.total;

    await app.runFor(HOUR);

    expect(countCalls(app)).toBe(before);
    expect((await app.convex()).metrics.total.transactions).toBe(transactions);
    expect(await app.rows("claims")).toEqual([]);
    expect(await app.rows("heartbeats")).toEqual([]);
    expect(await app.rows("timers")).toHaveLength(1);
    await app.run();
  });

  test("of the longest hot wait stays in memory", async () => {
    const app = new WorkApp(ONE_SEAT);

    await app.begin([sleep(HOT_WAIT_MS_MAX)]);
    await app.run();

    expect(app.faults.count("executor:journals")).toBe(0);
    expect(app.faults.count("executor:fireTimers")).toBe(0);
  });
});
