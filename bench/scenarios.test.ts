/**
 * The short version of every scenario, with the criteria of the full one. Virtual time and a
 * seed: no figure depends on the machine.
 */
import { describe, expect, test } from "vitest";
import { SCENARIOS } from "./scenarios/index.js";
import { runOnce } from "./run.js";

describe.each(SCENARIOS)("scenario $name, short", (scenario) => {
  test("meets its criteria", { timeout: 300_000 }, async () => {
    const short = { ...scenario, ...scenario.short };

    const run = await runOnce({ scenario: short, seed: 1, profiles: false });

    expect(scenario.judge(run).filter(({ holds }) => !holds)).toEqual([]);
  });
});
