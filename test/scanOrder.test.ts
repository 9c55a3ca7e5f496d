/** What a scan finds beside what is at hand stands in its place, however many slots free at once (I7). */
import { describe, expect, test } from "vitest";
import { HOT_WAIT_MS_MAX } from "../src/shared/constants.js";
import { WorkApp } from "./harness/work.js";

const DAY_MS = 24 * 60 * 60_000;
const COUNT = 60;
/** Ten slots: seven free one by one, then many in one round. */
const msOf = (n: number): number =>
  n < 6
    ? 10_000
    : ([6_000, 3_000, 3_000, 3_000, 7_000, 7_000, 7_000, 4_000][n - 6] ?? 1_000);

/** Starts workflows, a second apart in the order. */
async function startMany(app: WorkApp): Promise<void> {
  await app.startMany(
    "main",
    Array.from({ length: COUNT }, (_, n) => ({
      args: { parts: [{ kind: "work", key: `w${n}`, ms: msOf(n) }] },
      priority: DAY_MS - n * 1_000,
    })),
  );
}

describe("beside candidates at hand", () => {
  test("a replay waits for all older tasks, also for those that are not at hand", async () => {
    const app = new WorkApp({ shards: 1, seats: 1, slotsPerShard: 10 });
    const sleepMs = 2 * HOT_WAIT_MS_MAX;
    await app.begin([
      { kind: "sleep", ms: sleepMs },
      { kind: "work", key: "young", ms: 1_000 },
    ]);
    await app.runFor(sleepMs - 5_000);
    await startMany(app);

    await app.run();

    expect(app.order).toHaveLength(COUNT + 1);
    expect(app.order.indexOf("young")).toBe(COUNT);
  });

  test("a task that comes between two of them is begun between them", async () => {
    const app = new WorkApp({ shards: 1, seats: 1, slotsPerShard: 10 });
    await startMany(app);
    await app.runFor(4_000);

    const priority = DAY_MS - 14_500 + 4_000;
    await app.begin([{ kind: "work", key: "between", ms: 1_000 }], { priority });
    await app.run();

    const at = app.order.indexOf("between");
    expect(app.order.slice(at - 1, at + 2)).toEqual(["w14", "between", "w15"]);
  });
});
