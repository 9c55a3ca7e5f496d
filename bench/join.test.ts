/** Runs of several seeds as one file. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RESULTS } from "./files.js";
import { joinFiles } from "./join.js";
import { parseResultFile } from "./report/read.js";
import type { ResultFile } from "./result.js";
import { SCENARIOS } from "./scenarios/index.js";

/** Seeds 1, 2 and 3, made by one command. */
const whole = parseResultFile(readFileSync(`${RESULTS}small.json`, "utf8"), "small.json");

/** The same of some seeds alone, as if another command had made it. */
function only(...seeds: number[]): ResultFile {
  const runs = whole.runs.filter(({ seed }) => seeds.includes(seed));
  const { machine } = whole;
  return { ...whole, runs, command: "another", machine: { ...machine, loadAverage: 9 } };
}

test("files of some seeds each become the file of all, in their order", () => {
  const joined = joinFiles([only(3), only(1), only(2)], SCENARIOS);

  const machine = { ...whole.machine, loadAverage: 9 };
  expect(whole.runs).toHaveLength(3);
  expect(joined).toEqual({ ...whole, machine });
});

test("another size is named in the command", () => {
  const short = only(2);
  const setup = { ...short.runs[0]!.setup, workflows: 500 };
  const runs = [{ ...short.runs[0]!, setup }];

  expect(joinFiles([{ ...short, runs }], SCENARIOS).command).toBe(
    "npm run bench -- small --seed 2 --workflows 500",
  );
});

test.each<[what: string, files: ResultFile[], message: RegExp]>([
  ["a seed twice", [only(1), only(1, 2)], /Seeds 1, 1, 2 cannot be joined/],
  ["a seed between them missing", [only(1), only(3)], /Seeds 1, 3 cannot be joined/],
  ["another engine", [only(1), { ...only(2), engine: "peer" }], /another engine/],
  [
    "another machine",
    [only(1), { ...only(2), machine: { ...whole.machine, cores: 99 } }],
    /another machine/,
  ],
  ["another scenario", [only(1), { ...only(2), scenario: "io" }], /another scenario/],
  [
    "a scenario that is not there",
    [{ ...only(1), scenario: "gone" }],
    /no scenario "gone"/,
  ],
])("%s is refused", (_what, files, message) => {
  expect(() => joinFiles(files, SCENARIOS)).toThrow(message);
});
