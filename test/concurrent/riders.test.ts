/**
 * What rides with a commit reads the queues and the gates that others write meanwhile: in
 * the snapshot in which the commit began, so that it conflicts with none of them (P3, T2).
 */
import { expect, test } from "vitest";
import type { Riders } from "../../src/component/riders.js";
import { GateApp } from "../harness/gateApp.js";

test("commits with riders conflict neither with starts nor with others' trades", async () => {
  const app = new GateApp({ shards: 4, seats: 2, slotsPerShard: 25 });
  const gate = { key: "g", rate: 8, per: 1_000 };
  let scans = 0;
  let trades = 0;
  app.faults.onCall = (name, args) => {
    const { riders } = args as { riders?: Riders };
    if (name !== "executor:commit" || !riders) return;
    if (riders.scan) scans += 1;
    trades += riders.trades.length;
  };
  for (let n = 0; n < 60; n += 1)
    app.later(async () => app.beginMany(5, { ms: 500, gate }, `at ${n}`), n * 100);
  await app.run();

  expect(await app.states()).toEqual({ completed: 300 });
  expect(scans).toBeGreaterThan(20);
  expect(trades).toBeGreaterThan(20);
  const { conflicts } = (await app.convex()).metrics.of("executor/executor:commit");
  expect(conflicts).toBe(0);
});
