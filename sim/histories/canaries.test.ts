/**
 * Deliberate mistakes of the simulation are caught by the checks that guard it: a check that
 * never fails proves nothing.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConvexOptions } from "../index.js";
import { judge, runHistory } from "./history.js";
import { anyProgram, type Step } from "./program.js";

const SEED = 1;
const HISTORIES = 40;
const histories = fc.sample(fc.array(anyProgram, { minLength: 4, maxLength: 10 }), {
  seed: SEED,
  numRuns: HISTORIES,
});

/** What is found wrong in many histories of a deployment with these options. */
async function findProblems(
  canaries: ConvexOptions["canaries"],
  programs: readonly Step[][][] = histories,
): Promise<string[]> {
  const problems: string[] = [];
  for (const all of programs) {
    const options = { canaries, seed: SEED, class: "s256" } as const;
    problems.push(...(await judge(await runHistory(all, options))));
  }
  return problems;
}

/** Two clients who each write what they saw, in a call that failed, of the other's row. */
const crossed: Step[][] = [crossing(0, 1), crossing(1, 0)];

function crossing(read: number, written: number): Step[] {
  return [
    { do: "nested", steps: [{ do: "get", key: read }], fails: true },
    { do: "put", key: written, rank: 5 },
  ];
}

describe("the checks find", () => {
  test("nothing in a sound deployment", async () => {
    expect(await findProblems({})).toEqual([]);
    expect(await findProblems({}, [crossed])).toEqual([]);
  });

  test("commits that are not checked for conflicts", async () => {
    const problems = await findProblems({ skipsConflicts: true });
    expect(problems.join("\n")).toContain("not serializable");
  });

  test("reads of failed calls that are forgotten", async () => {
    const problems = await findProblems({ dropsRolledBackReads: true }, [crossed]);
    expect(problems.join("\n")).toContain("not serializable");
  });

  test("scheduled jobs that are lost", async () => {
    const problems = await findProblems({ losesJobEvery: 5 });
    expect(problems.join("\n")).toMatch(/\d+ jobs scheduled, \d+ ran/);
  });

  test("permits that are not given back", async () => {
    const problems = await findProblems({ leaksPermitEvery: 5 });
    expect(problems.join("\n")).toContain("were never given back");
  });
});
