/**
 * `npm run bench`: runs scenarios on the embedded Convex, and judges the figures.
 *
 * Owns the process: arguments, output, the files of results, exit code.
 */
import { combineWorst } from "./criteria.js";
import { executor } from "./engines/executor.js";
import { saveResult } from "./files.js";
import { describeModel } from "./model.js";
import { parseCommand, renderHelp, type BenchOptions } from "./options.js";
import { comparePeers } from "./peers/main.js";
import { openProgress } from "./progress.js";
import { RESULT_VERSION, type ResultFile, type RunResult } from "./result.js";
import { runOnce } from "./run.js";
import type { Scenario } from "./scenario.js";
import { SCENARIOS } from "./scenarios/index.js";
import { describeMachine } from "./sim/machine.js";
import { renderCriteria, renderResult } from "./table.js";

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
  let holdsAll = true;
  for (const scenario of command.options.scenarios) {
    if (command.options.isCompared) {
      holdsAll = (await comparePeers(scenario, command.options)) && holdsAll;
      continue;
    }
    const file = await runScenario(scenario, command.options);
    console.log(renderResult(file));
    console.log(`${renderCriteria(file.criteria)}\n`);
    if (command.options.saves) await save(file, command.options.workflows);
    holdsAll &&= file.criteria.every(({ holds }) => holds);
  }
  return holdsAll ? EXIT.ok : EXIT.missed;
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
  return {
    version: RESULT_VERSION,
    scenario: scenario.name,
    engine: executor.name,
    command: describeCommand(scenario, seeds, workflows),
    machine,
    modelled: describeModel(scenario, executor),
    runs,
    criteria: combineWorst(runs.map((run) => scenario.judge(run))),
  };
}

/** The command that gives this file again, whatever was asked for together. */
function describeCommand(
  { name }: Scenario,
  seeds: readonly number[],
  workflows: number | null,
): string {
  const size = workflows === null ? "" : ` --workflows ${workflows}`;
  const more = seeds.length > 1 ? ` --seeds ${seeds.length}` : "";
  return `npm run bench -- ${name} --seed ${seeds[0]}${more}${size}`;
}

/** Another size has a file of its own: it is not what the criteria are meant for. */
async function save(file: ResultFile, workflows: number | null): Promise<void> {
  const size = workflows === null ? "" : `-${workflows}`;
  console.log(`written: ${await saveResult(file, `${file.scenario}${size}`)}`);
}
