/**
 * `npm run bench -- --peers`: this component and its peers on the same work, side by side.
 *
 * Owns what of it is printed and written.
 */
import { renderCriteria } from "../table.js";
import { saveResult } from "../files.js";
import type { BenchOptions } from "../options.js";
import { openProgress } from "../progress.js";
import type { ResultFile } from "../result.js";
import type { Scenario } from "../scenario.js";
import { didAll, ENGINES, runPeers } from "./run.js";
import { renderPeers } from "./table.js";

/** Peers are measured with fewer workflows: they take the machine far longer. */
const WORKFLOWS_DEFAULT = 2_000;

/** Compares a scenario's engines, and says whether each has done all of the work. */
export async function comparePeers(
  scenario: Scenario,
  { seeds, workflows }: BenchOptions,
  directory: string,
): Promise<{ didAll: boolean; files: ResultFile[] }> {
  const count = workflows ?? WORKFLOWS_DEFAULT;
  let end = () => undefined as void;
  const files = await runPeers({
    scenario,
    workflows: count,
    seed: seeds[0]!,
    onRun: ({ name }) => {
      end();
      const progress = openProgress(`${scenario.name} on ${name}`, count);
      end = () => progress.end();
      return (fleet) => progress.show(fleet);
    },
  });
  end();
  console.log(renderPeers(files));
  for (const { engine, criteria } of files)
    console.log(`${engine}\n${renderCriteria(criteria)}`);
  for (const { name, logged } of ENGINES)
    for (const [line, times] of logged) console.log(`${name} logged ${times} × ${line}`);
  await save(scenario, files, directory);
  return { didAll: didAll(files), files };
}

/** One file of each engine: ours has fewer workflows than in the scenario's own file. */
async function save(
  scenario: Scenario,
  files: readonly ResultFile[],
  directory: string,
): Promise<void> {
  for (const file of files) {
    const { workflows } = file.runs[0]!.setup;
    const name = `${scenario.name}.peers.${toFileName(file.engine)}`;
    if (file === files[0] && workflows === scenario.workflows)
      console.log(`ours is in ${scenario.name}.json: it has as many workflows`);
    else await saveResult(file, name, directory);
  }
}

function toFileName(engine: string): string {
  return engine.replace(/[^a-z0-9.]+/gi, "-").replace(/^-/, "");
}
