/**
 * The same work on this component and on its peers, one after the other: the same deployment,
 * latencies, API and seed.
 *
 * Owns what must hold of each for the figures to compare: that all of the work was done.
 */
import { judgeOutcome } from "../criteria.js";
import type { Engine } from "../engines/engine.js";
import { executor } from "../engines/executor.js";
import { WORKFLOW_ENGINES } from "../engines/workflow.js";
import type { Fleet } from "../fleet.js";
import { describeModel } from "../model.js";
import { RESULT_VERSION, type ResultFile } from "../result.js";
import { runOnce } from "../run.js";
import type { Scenario } from "../scenario.js";
import { describeMachine } from "../sim/machine.js";

/** All engines; ours is the first. */
export const ENGINES: readonly Engine[] = [executor, ...WORKFLOW_ENGINES];

export interface PeersOptions {
  readonly scenario: Scenario;
  readonly workflows: number;
  readonly seed: number;
  readonly engines?: readonly Engine[];
  /** Called before each run; what it answers is called during the run. */
  readonly onRun?: (engine: Engine) => (fleet: Fleet) => void;
}

/** Runs every engine, and makes a file of each. */
export async function runPeers(options: PeersOptions): Promise<ResultFile[]> {
  const { engines = ENGINES, seed, workflows, onRun = () => () => undefined } = options;
  const scenario = { ...options.scenario, workflows };
  const files: ResultFile[] = [];
  for (const engine of engines) {
    const onProgress = onRun(engine);
    const run = await runOnce({ scenario, seed, engine, profiles: false, onProgress });
    files.push({
      version: RESULT_VERSION,
      scenario: scenario.name,
      engine: engine.name,
      command: `npm run bench -- ${scenario.name} --peers --workflows ${workflows} --seed ${seed}`,
      machine: describeMachine(),
      modelled: describeModel(scenario, engine),
      runs: [run],
      criteria: judgeOutcome(run),
    });
  }
  return files;
}

/** Whether every engine did all of the work. Else their figures are not of the same. */
export function didAll(files: readonly ResultFile[]): boolean {
  return files.every(({ criteria }) => criteria.every(({ holds }) => holds));
}
