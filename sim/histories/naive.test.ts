/** Programs give the same answers, errors and rows as on an array. */
import { makeFunctionReference } from "convex/server";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Convex } from "../index.js";
import { openPrograms } from "./history.js";
import { NaiveDatabase } from "./naive.js";
import { anyFailingProgram, type Answers, type Step } from "./program.js";

const RUNS = 150;
const SEED = 1;

const run = makeFunctionReference<"mutation", { steps: Step[] }>("programs:run");

/** What a program answers, or that it fails, and how. */
type Outcome = { answers: Answers } | { error: string };

async function runOn(convex: Convex, steps: Step[]): Promise<Outcome> {
  try {
    const { answers } = (await convex.mutation(run, { steps })) as { answers: Answers };
    return { answers };
  } catch (error) {
    return { error: wordsOf(error) };
  }
}

function runNaively(naive: NaiveDatabase, steps: Step[]): Outcome {
  try {
    return { answers: naive.run(steps) };
  } catch (error) {
    return { error: wordsOf(error) };
  }
}

/** The error's own words: the platform adds where it was thrown and which rows were meant. */
function wordsOf(error: unknown): string {
  return (
    /unique\(\) query returned more than one result/.exec(String(error))?.[0] ??
    String(error)
  );
}

function rowsOf(convex: Convex): unknown[] {
  return convex.rows("", "rows").map(({ key, rank }) => ({ key, rank }));
}

test("one transaction at a time, the simulation is an array", async () => {
  let failures = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyFailingProgram, { minLength: 1, maxLength: 20, size: "max" }),
      async (programs) => {
        const convex = await openPrograms({ latency: "none" });
        const naive = new NaiveDatabase();
        for (const steps of programs) {
          const expected = runNaively(naive, steps);
          expect(await runOn(convex, steps)).toEqual(expected);
          expect(rowsOf(convex)).toEqual(naive.rows);
          if ("error" in expected) failures += 1;
        }
      },
    ),
    { numRuns: RUNS, seed: SEED },
  );
  // Programs that never fail would show half of it.
  expect(failures).toBeGreaterThan(RUNS / 2);
});
