/** An executor that only seems dead, and those who take it for dead, may die as well. */
import { expect, test } from "vitest";
import { Play } from "./play.js";
import { stuck } from "./scenarios/stuck.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(stuck);

test("the executor of this scenario loses its seat, and comes back", async () => {
  const { ledger, convex } = await Play.run(stuck);

  // Nobody has died: whoever did it again took the first for dead.
  expect(ledger.count("work")).toBe(2);
  // One of these was lost: it came back with the call that it had been about to make.
  expect(convex.metrics.of("executor/executor:runMutation").transactions).toBe(3);
});
