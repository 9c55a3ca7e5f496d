/**
 * `npm run bench`: runs scenarios on the embedded Convex, and judges the figures.
 *
 * Owns the process: arguments, output, the files of results, exit code.
 */
import "./contexts.js";
import { existsSync, readFileSync } from "node:fs";
import { executor } from "./engines/executor.js";
import { RESULTS, saveResult, UNSAVED } from "./files.js";
import { fileRuns, joinFiles } from "./join.js";
import { liveMain } from "./live/main.js";
import type { LiveOptions } from "./live/options.js";
import { describeModel } from "./model.js";
import { parseCommand, renderHelp, type BenchOptions } from "./options.js";
import { comparePeers } from "./peers/main.js";
import { openProgress } from "./progress.js";
import { parseResultFile, ResultFileError } from "./report/read.js";
import { loadResultFiles, writeReport } from "./report/write.js";
import type { ResultFile, RunResult } from "./result.js";
import { runOnce } from "./run.js";
import type { Scenario } from "./scenario.js";
import { SCENARIOS } from "./scenarios/index.js";
import { describeMachine } from "./sim/machine.js";
import { renderCriteria, renderResult } from "./table.js";
import { updateDocuments } from "./tables/update.js";

/** Exit codes; the help tells them. */
const EXIT = { ok: 0, missed: 1, usage: 2 };

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const command = parseCommand(args, SCENARIOS);
  if (command.kind === "help") {
    console.log(renderHelp(SCENARIOS));
    return EXIT.ok;
  }
  if (command.kind === "invalid") {
    console.error(`${command.message}\nTry: npm run bench -- --help`);
    return EXIT.usage;
  }
  if (command.kind === "report") return await report(RESULTS);
  if (command.kind === "live") return await live(command.options);
  if (command.kind === "tables") return await tables();
  if (command.kind === "join") return await join(command.paths);
  const directory = command.options.saves ? RESULTS : UNSAVED;
  const files: ResultFile[] = [];
  let holdsAll = true;
  for (const scenario of command.options.scenarios) {
    if (command.options.isCompared) {
      const compared = await comparePeers(scenario, command.options, directory);
      holdsAll &&= compared.didAll;
      files.push(...compared.files);
      continue;
    }
    const file = await runScenario(scenario, command.options);
    console.log(renderResult(file));
    console.log(`${renderCriteria(file.criteria)}\n`);
    await saveResult(file, nameFile(file, command.options.workflows), directory);
    files.push(file);
  }
  const exitCode = await report(directory, command.options.saves ? undefined : files);
  holdsAll &&= files.every(({ criteria }) => criteria.every(({ holds }) => holds));
  return holdsAll ? exitCode : EXIT.missed;
}

/** Runs on a real deployment, and writes the page of it. */
async function live(options: LiveOptions): Promise<number> {
  const directory = options.saves ? RESULTS : UNSAVED;
  const result = await liveMain(options, directory);
  if (typeof result === "number") return result;
  const exitCode = await report(directory, options.saves ? undefined : [result]);
  return result.criteria.every(({ holds }) => holds) ? exitCode : EXIT.missed;
}

/** Writes the tables of the README files anew. */
async function tables(): Promise<number> {
  const changed = await updateDocuments();
  for (const path of changed) console.log(`written: ${path}`);
  if (changed.length === 0) console.log("All tables are as the committed results say.");
  return EXIT.ok;
}

/** Joins result files of one scenario into that of the committed ones. */
async function join(paths: readonly string[]): Promise<number> {
  try {
    const missing = paths.find((path) => !existsSync(path));
    if (missing) throw new ResultFileError(`${missing}: there is no such file.`);
    const files = paths.map((path) => parseResultFile(readFileSync(path, "utf8"), path));
    const file = joinFiles(files, SCENARIOS);
    console.log(`${renderCriteria(file.criteria)}\n`);
    const { workflows } = file.runs[0]!.setup;
    const isWhole = SCENARIOS.some(
      (one) => one.name === file.scenario && one.workflows === workflows,
    );
    await saveResult(file, nameFile(file, isWhole ? null : workflows), RESULTS);
    return file.criteria.every(({ holds }) => holds) ? EXIT.ok : EXIT.missed;
  } catch (error) {
    if (!(error instanceof ResultFileError)) throw error;
    console.error(error.message);
    return EXIT.usage;
  }
}

/** Writes the page of result files, or of all in the directory. */
async function report(directory: string, files?: readonly ResultFile[]): Promise<number> {
  const order = SCENARIOS.map(({ name }) => name);
  const path = `${directory}report.html`;
  try {
    await writeReport(files ?? (await loadResultFiles(directory, order)), path);
    console.log(`written: ${path}`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ResultFileError)) throw error;
    console.error(error.message);
    return EXIT.usage;
  }
}

/** Runs all seeds of a scenario. */
async function runScenario(
  scenario: Scenario,
  { seeds, workflows, profiles }: BenchOptions,
): Promise<ResultFile> {
  const count = workflows ?? scenario.workflows;
  const machine = describeMachine();
  const runs: RunResult[] = [];
  for (const seed of seeds) {
    const name = `${scenario.name}, seed ${seed}`;
    console.log(`${name}: ${count} workflows`);
    const progress = openProgress(name, count);
    const sized = { ...scenario, workflows: count };
    const run = await runOnce({
      scenario: sized,
      seed,
      profiles,
      onProgress: (fleet) => progress.show(fleet),
    });
    progress.end();
    runs.push(run);
  }
  return fileRuns(scenario, workflows, runs, {
    engine: executor.name,
    machine,
    modelled: describeModel(scenario, executor),
  });
}

/** Another size has a file of its own: it is not what the criteria are meant for. */
function nameFile({ scenario }: ResultFile, workflows: number | null): string {
  return workflows === null ? scenario : `${scenario}-${workflows}`;
}
