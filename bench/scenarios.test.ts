/**
 * The short version of every scenario, with the criteria of the full one. Virtual time and a
 * seed: no figure depends on the machine.
 */
import { describe, expect, test } from "vitest";
import { SCENARIOS } from "./scenarios/index.js";
import { runOnce } from "./run.js";

/** Criteria that are missed when short, and why. An entry that holds fails: delete it then. */
const KNOWN_MISSES: Readonly<Record<string, readonly string[]>> = {
  // So few workflows are mostly a beginning and an end, where executors ask alone.
  haiku: ["executors' transactions per step"],
};

describe.each(SCENARIOS)("scenario $name, short", (scenario) => {
  test("meets its criteria", { timeout: 300_000 }, async () => {
    const short = { ...scenario, ...scenario.short };

    const run = await runOnce({ scenario: short, seed: 1, profiles: false });

    const missed = scenario.judge(run).filter(({ holds }) => !holds);
    expect(missed.map(({ name }) => name)).toEqual(KNOWN_MISSES[scenario.name] ?? []);
  });
});
