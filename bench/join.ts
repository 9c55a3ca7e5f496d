/**
 * Runs of several seeds as one result file.
 *
 * Owns how they are put together, whether one command has made them or each was run by
 * itself: seeds take long, and may be run at the same time, or on another day.
 */
import { combineWorst } from "./criteria.js";
import { ResultFileError } from "./report/read.js";
import { RESULT_VERSION, type ResultFile, type RunResult } from "./result.js";
import type { Scenario } from "./scenario.js";

/** What all runs of a file have in common. */
type Shared = Pick<ResultFile, "engine" | "machine" | "modelled">;

/** Makes the file of some runs of a scenario; `workflows` if they are not as many as it has. */
export function fileRuns(
  scenario: Scenario,
  workflows: number | null,
  runs: readonly RunResult[],
  { engine, machine, modelled }: Shared,
): ResultFile {
  return {
    version: RESULT_VERSION,
    scenario: scenario.name,
    engine,
    command: describeCommand(
      scenario,
      runs.map(({ seed }) => seed),
      workflows,
    ),
    machine,
    modelled,
    runs,
    criteria: combineWorst(runs.map((run) => scenario.judge(run))),
  };
}

/**
 * Joins files of one scenario, each with other seeds, which have to follow each other.
 *
 * @throws ResultFileError what keeps them from being one command's
 */
export function joinFiles(
  files: readonly ResultFile[],
  scenarios: readonly Scenario[],
): ResultFile {
  const [first] = files;
  const scenario = scenarios.find(({ name }) => name === first?.scenario);
  if (!first || !scenario)
    throw new ResultFileError(
      `Nothing to join: there is no scenario "${first?.scenario}".`,
    );
  for (const file of files) checkAlike(first, file);
  const runs = files
    .flatMap((file) => file.runs)
    .sort((a, b) => a.seed - b.seed || a.wallSeconds - b.wallSeconds);
  checkSeeds(runs);
  const { workflows } = runs[0]!.setup;
  const ownNumber = workflows === scenario.workflows ? null : workflows;
  return fileRuns(scenario, ownNumber, runs, first);
}

/** The command that gives a file again, whatever was asked for together. */
function describeCommand(
  { name }: Scenario,
  seeds: readonly number[],
  workflows: number | null,
): string {
  const size = workflows === null ? "" : ` --workflows ${workflows}`;
  const more = seeds.length > 1 ? ` --seeds ${seeds.length}` : "";
  return `npm run bench -- ${name} --seed ${seeds[0]}${more}${size}`;
}

function checkAlike(first: ResultFile, other: ResultFile): void {
  const difference = (
    ["scenario", "engine", "modelled", "setup", "machine"] as const
  ).find((what) => describe(first, what) !== describe(other, what));
  if (difference)
    throw new ResultFileError(
      `Files of another ${difference} cannot be joined: ${describe(first, difference)} ` +
        `and ${describe(other, difference)}. Measure them alike.`,
    );
}

type Aspect = "scenario" | "engine" | "modelled" | "setup" | "machine";

function describe(file: ResultFile, what: Aspect): string {
  if (what === "machine") {
    const { loadAverage: _, ...machine } = file.machine; // it is another at any time
    return JSON.stringify(machine);
  }
  return JSON.stringify(
    what === "setup" ? file.runs.map(({ setup }) => setup)[0] : file[what],
  );
}

function checkSeeds(runs: readonly RunResult[]): void {
  const seeds = runs.map(({ seed }) => seed);
  if (seeds.every((seed, index) => seed === seeds[0]! + index)) return;
  throw new ResultFileError(
    `Seeds ${seeds.join(", ")} cannot be joined: each has to follow the one before.`,
  );
}
