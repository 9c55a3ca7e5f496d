/**
 * Reads result files, and puts together those of one scenario.
 *
 * Owns what a report needs to be whole; computes no figures.
 */
import { OWN_ENGINE, type ResultFile } from "../result.js";
import { resultFile } from "./contract.js";
import { ShapeError } from "./shape.js";

/** A scenario of a report. */
export interface ScenarioFiles {
  readonly name: string;
  /** Ours, of the most workflows. */
  readonly own: ResultFile;
  /** Each of another engine, with ours of as many workflows, if there is one. */
  readonly pairs: readonly Pair[];
}

/** The same scenario on two engines. */
export interface Pair {
  readonly own: ResultFile;
  readonly peer: ResultFile;
}

/** A file that is not what it should be; the message says where, and what to do. */
export class ResultFileError extends Error {
  override readonly name = "ResultFileError";
}

/** Reads the text of a file; `path` is for the error. */
export function parseResultFile(json: string, path: string): ResultFile {
  try {
    return resultFile(JSON.parse(json), "");
  } catch (error) {
    if (!(error instanceof ShapeError || error instanceof SyntaxError)) throw error;
    const remedy = "Is it a result of this version? Delete it, or measure it again.";
    throw new ResultFileError(`${path}: ${error.message}. ${remedy}`, { cause: error });
  }
}

/** Puts files together by scenario, in the order in which scenarios first appear. */
export function groupFiles(files: readonly ResultFile[]): ScenarioFiles[] {
  const names = [...new Set(files.map(({ scenario }) => scenario))];
  return names.map((name) => {
    const known = files.filter(({ scenario }) => scenario === name);
    const owns = known.filter(({ engine }) => engine === OWN_ENGINE);
    const most = Math.max(...owns.map(countWorkflows));
    const largest = owns.filter((one) => countWorkflows(one) === most);
    const own = largest[0];
    if (!own) {
      throw new ResultFileError(
        `Scenario "${name}" has results of ${known[0]!.engine} and none of ${OWN_ENGINE} ` +
          `to compare them with. Measure it: npm run bench -- ${name} --save`,
      );
    }
    const peers = known.filter(({ engine }) => engine !== OWN_ENGINE);
    checkDifferent([...largest, ...peers]);
    const pairs = peers.map((peer) => ({ own: findPartner(peer, owns) ?? own, peer }));
    return { name, own, pairs };
  });
}

/** Ours that stands beside a peer's: of the same command, else of as many workflows. */
function findPartner(
  peer: ResultFile,
  owns: readonly ResultFile[],
): ResultFile | undefined {
  const equals = owns.filter((one) => countWorkflows(one) === countWorkflows(peer));
  return equals.find(({ command }) => command === peer.command) ?? equals[0];
}

/** Two files of one thing would hide one of them. */
function checkDifferent(files: readonly ResultFile[]): void {
  const seen = new Set<string>();
  for (const file of files) {
    const key = `${file.scenario} on ${file.engine}, ${countWorkflows(file)} workflows`;
    if (seen.has(key)) throw new ResultFileError(`There are two results of ${key}.`);
    seen.add(key);
  }
}

function countWorkflows({ runs }: ResultFile): number {
  return runs[0]!.setup.workflows;
}
