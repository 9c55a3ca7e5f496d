/** Concurrent transactions are serializable in the order of their commits. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { judge, runHistory } from "./history.js";
import { anyProgram } from "./program.js";

const RUNS = 100;
const SEED = 1;

test("clients at once see what they could have seen one after the other", async () => {
  let conflicts = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyProgram, { minLength: 2, maxLength: 12 }),
      fc.integer(),
      async (all, seed) => {
        const history = await runHistory(all, { seed, class: "s256" });
        conflicts += history.convex.metrics.total.conflicts;
        expect(await judge(history)).toEqual([]);
      },
    ),
    { numRuns: RUNS, seed: SEED },
  );
  // Programs that never met would prove nothing.
  expect(conflicts).toBeGreaterThan(RUNS / 2);
});
