/**
 * Random handlers, disturbed at random: what the journal records is what a replay repeats.
 *
 * `PROPERTY_RUNS=2000 npx vitest run test/property` runs more; `PROPERTY_SEED` and
 * `PROPERTY_PATH` run the one that a failure printed.
 */
import fc from "fast-check";
import { describe, test } from "vitest";
import { arbitraryProgram, arbitraryScenario, type Scenario } from "./arbitraries.js";
import {
  checkAppendOnly,
  checkAudit,
  checkEffects,
  checkEnded,
  checkReplays,
  checkSameAsHot,
} from "./checks.js";
import type { Program } from "./program.js";
import { runTrial } from "./trial.js";

const RUNS = Number(process.env.PROPERTY_RUNS ?? 60);
const SEED = Number(process.env.PROPERTY_SEED ?? 20_260_101);
const PATH = process.env.PROPERTY_PATH;
/** Milliseconds; finding is quick, shrinking is not. */
const TIMEOUT_MS = 20 * 60_000;

/** Runs a program undisturbed and disturbed, and checks everything that has to hold. */
async function checkProgram(program: Program, scenario: Scenario): Promise<void> {
  const hot = await runTrial(program, scenario, null);
  const trial = await runTrial(program, scenario, hot.calls);
  for (const one of [hot, trial]) {
    checkAudit(one);
    checkEnded(one);
    checkEffects(one);
    checkAppendOnly(one);
    await checkReplays(one);
  }
  checkSameAsHot(program, hot, trial);
}

describe("a random handler", () => {
  test(
    "has the same journal and outcome, wherever it was made cold",
    async () => {
      const property = fc.asyncProperty(
        arbitraryProgram,
        arbitraryScenario,
        checkProgram,
      );
      const details = await fc.check(property, {
        numRuns: RUNS,
        seed: SEED,
        ...(PATH ? { path: PATH } : {}),
      });
      if (!details.failed) return;
      const report = await fc.asyncDefaultReportMessage(details);
      throw new Error(
        `${report}\nReplay: PROPERTY_SEED=${details.seed} PROPERTY_PATH="${details.counterexamplePath}" npx vitest run test/property`,
        { cause: details.errorInstance },
      );
    },
    TIMEOUT_MS,
  );
});
