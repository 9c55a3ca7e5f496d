/**
 * Executors whose commits write the same rows: two seats settle children of one parent, and
 * each settlement is counted on the parent's one row in the queue (P2).
 */
import { expect, test } from "vitest";
import { WorkApp, type Part } from "../harness/work.js";

const CHILDREN = 100;

test("children of one parent on two seats each count once, whoever commits first", async () => {
  const app = new WorkApp({ shards: 4, seats: 2, slotsPerShard: 25 });
  const keys = Array.from({ length: CHILDREN }, (_, n) => `child ${n}`);
  const parts = keys.map((key): Part => ({
    kind: "child",
    parts: [
      { kind: "work", key },
      { kind: "charge", key },
    ],
  }));

  const id = await app.begin([{ kind: "all", parts }]);
  await app.run();

  expect(await app.status(id)).toMatchObject({
    state: "completed",
    result: [keys.map((key) => [key, key])],
  });
  expect(await app.charges()).toEqual([...keys].sort());
  expect(app.attempts).toHaveLength(CHILDREN);
  const { conflicts } = (await app.convex()).metrics.of("executor/executor:commit");
  expect(conflicts).toBeGreaterThan(0);
});
