/** An executor that only seems dead, and those who take it for dead, may die as well. */
import { expect, test, vi } from "vitest";
import { Play } from "./play.js";
import { stuck } from "./scenarios/stuck.js";
import { sweepScenario } from "./sweep.js";

vi.mock("../../src/shared/constants.js", async (load) => {
  const { lower } = await import("./lowered.js");
  return await lower(load, () => "an executor that is stuck");
});

/** Whether it hears first is chance; of so many it does not each time. */
const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);

sweepScenario(stuck);

test("the executor of this scenario loses its seat, and comes back", async () => {
  const transactions: number[] = [];
  for (const seed of SEEDS) {
    const { ledger, convex } = await Play.run(stuck, {}, { seed });
    // Nobody has died: whoever did it again took the first for dead.
    expect(ledger.count("work")).toBe(2);
    const { transactions: made } = convex.metrics.of("executor/executor:runMutation");
    transactions.push(made);
  }

  // Two have an effect. It comes back with a third, unless it hears first that it is nobody.
  expect(transactions).toContain(3);
});
