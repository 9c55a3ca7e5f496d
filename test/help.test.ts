/** Idle executors take new workflows of those that are behind, and move them (P18). */
import { describe, expect, test } from "vitest";
import { HELP_CALL_MS, HELP_WAKE_MAX } from "../src/shared/constants.js";
import { HOT, startOnOneShard } from "./harness/help.js";
import { WorkApp, type Part } from "./harness/work.js";

const COUNT = 160;
const MS = 4_000;
/** What one seat takes: forty rounds of four. */
const ALONE_MS = (COUNT / 4) * MS;

type Row = { _id: string; shard: number };

function works(count: number, ms: number): { args: { parts: Part[] } }[] {
  return Array.from({ length: count }, (_, n) => ({
    args: { parts: [{ kind: "work" as const, key: `w${n}`, ms }] },
  }));
}

/** How long the works take from the first to the last, in virtual milliseconds. */
function makespan(app: WorkApp): number {
  const ends = app.attempts.map(({ endedAt }) => endedAt ?? Infinity);
  return Math.max(...ends) - Math.min(...app.attempts.map(({ startedAt }) => startedAt));
}

async function runOnOneShard(seats: number): Promise<WorkApp> {
  const app = new WorkApp({ shards: seats, seats, slotsPerShard: 4 });
  await startOnOneShard(app, works(COUNT, MS));
  await app.run();
  expect(new Set(app.order).size).toBe(COUNT);
  expect(app.attempts).toHaveLength(COUNT);
  expect(await states(app)).toEqual({ completed: COUNT });
  return app;
}

async function states(app: WorkApp): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state } of await app.rows<{ state: string }>("workflows"))
    counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

describe("many workflows on one shard", () => {
  test("take their seat as long as it takes where there is no other", async () => {
    const app = await runOnOneShard(1);

    expect(makespan(app)).toBe(ALONE_MS);
    expect(app.faults.count("executor:call")).toBe(0);
  });

  // At the end, the owner keeps what it has read ahead: a round more than the n-th part.
  test.each([2, 4])("take about the n-th part of it with %d seats", async (seats) => {
    const app = await runOnOneShard(seats);

    expect(makespan(app)).toBeLessThanOrEqual(ALONE_MS / seats + 2 * MS);
    const workflows = await app.rows<Row>("workflows");
    expect(new Set(workflows.map(({ shard }) => shard)).size).toBe(seats);
    expect(await app.rows("helpCalls")).toEqual([]);
  });

  test("wake at most so many helpers at a time, and seldom", async () => {
    const app = new WorkApp({ shards: 24, seats: 24, slotsPerShard: 2 });
    await startOnOneShard(app, works(COUNT, 1_000));
    const before = app.faults.incarnations.length;

    await app.run();

    const calls = app.faults.count("executor:call");
    // Each of them, and one to take it back.
    expect(calls).toBeLessThanOrEqual(1 + Math.ceil(makespan(app) / HELP_CALL_MS) + 1);
    const woken = app.faults.incarnations.slice(before + 1);
    expect(woken.length).toBeGreaterThan(HELP_WAKE_MAX);
    expect(woken.length).toBeLessThanOrEqual(HELP_WAKE_MAX * (calls - 1));
  });

  test("are helped with by seats that never had work", async () => {
    const app = new WorkApp({ shards: 3, seats: 3, slotsPerShard: 4 });
    await startOnOneShard(app, works(COUNT, MS));
    await app.inComponent(async (db) => {
      const rows = await db.query("seats").collect();
      for (const { _id, seat } of rows) if (seat !== HOT) await db.delete(_id);
    });

    await app.run();

    expect(makespan(app)).toBeLessThanOrEqual(ALONE_MS / 3 + 2 * MS);
  });
});
