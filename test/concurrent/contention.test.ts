/**
 * Executors whose commits say something of the same workflow: two seats settle children of
 * one parent. Each settlement is a signal of its own, inserted blindly, so that no settler
 * conflicts with another, nor with the parent's holder (P2).
 */
import { expect, test } from "vitest";
import { WorkApp, type Part } from "../harness/work.js";

const CHILDREN = 100;

test("children of one parent on two seats each count once, and never conflict", async () => {
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
  expect(conflicts).toBe(0);
});
