/**
 * The benchmark's command line.
 *
 * Owns: its options, their defaults and checks. Knows nothing of what they are used for.
 */
import { parseArgs } from "node:util";
import type { Scenario } from "./scenario.js";

/** What a person may choose. */
export interface BenchOptions {
  readonly scenarios: readonly Scenario[];
  /** The seeds of the runs, one after the other. */
  readonly seeds: readonly number[];
  /** Workflows instead of the scenario's own number; null for that. */
  readonly workflows: number | null;
  /** Whether results go to the directory of the committed ones. */
  readonly saves: boolean;
  /** Whether the processor's time is sampled. */
  readonly profiles: boolean;
  /** Whether peers do the same work, and what they took stands beside. */
  readonly isCompared: boolean;
}

/** What a command line asks for. */
export type Command =
  | { readonly kind: "run"; readonly options: BenchOptions }
  /** Only the page of the results that are committed. */
  | { readonly kind: "report" }
  | { readonly kind: "help" }
  | { readonly kind: "invalid"; readonly message: string };

const SEED_DEFAULT = 1;
const SEED_MAX = 2 ** 31 - 1;
const SEEDS_MAX = 20;
/** `--all` shows the worst of so many. */
const SEEDS_OF_ALL = 3;
const WORKFLOWS_MAX = 200_000;

/** The text for `--help`. */
export function renderHelp(scenarios: readonly Scenario[]): string {
  const names = scenarios.map(
    ({ name, description }) => `  ${name.padEnd(12)}${description}`,
  );
  return `Runs workflows on the embedded Convex, in virtual time, and judges the figures.

  npm run bench -- [scenario] [options]

${names.join("\n")}

  --all            all scenarios, ${SEEDS_OF_ALL} seeds each, and writes bench/results/
  --seed <n>       seed of all draws (default ${SEED_DEFAULT})
  --seeds <n>      so many seeds from there on; criteria are judged by the worst
  --workflows <n>  so many workflows, 1 to ${WORKFLOWS_MAX}: criteria are meant for the
                   scenario's own number, and may not hold of another
  --peers          the same work on @convex-dev/workflow, side by side: 2,000 workflows, or
                   --workflows, of the first seed; 1 if one of them does not do all of it
  --save           writes bench/results/<scenario>.json, and the page of all results
                   there, report.html; without it, both go to .cache/bench/
  --report         runs nothing: makes bench/results/report.html anew
  --no-profile     does not sample the processor's time, which costs a little of it
  --help           this text

Exit codes: 0 all criteria hold, 1 one is missed, 2 bad options or result files.`;
}

/** Reads a command line; says what is wrong with a bad one. */
export function parseCommand(
  args: readonly string[],
  known: readonly Scenario[],
): Command {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: {
        all: { type: "boolean", default: false },
        seed: { type: "string" },
        seeds: { type: "string" },
        workflows: { type: "string" },
        peers: { type: "boolean", default: false },
        save: { type: "boolean", default: false },
        profile: { type: "boolean", default: true },
        report: { type: "boolean", default: false },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return { kind: "help" };
    if (values.report) {
      if (args.length > 1) throw new RangeError("--report takes no other option.");
      return { kind: "report" };
    }
    const { all, peers, save, profile, workflows } = values;
    const first = readWhole("--seed", values.seed, SEED_DEFAULT, SEED_MAX);
    const count = readWhole("--seeds", values.seeds, all ? SEEDS_OF_ALL : 1, SEEDS_MAX);
    return {
      kind: "run",
      options: {
        scenarios: all ? known : [findScenario(positionals, known)],
        seeds: Array.from({ length: count }, (_, n) => first + n),
        workflows:
          workflows === undefined
            ? null
            : readWhole("--workflows", workflows, 1, WORKFLOWS_MAX),
        saves: all || save,
        profiles: profile,
        isCompared: peers,
      },
    };
  } catch (error) {
    if (error instanceof RangeError || isParseError(error)) {
      return { kind: "invalid", message: error.message };
    }
    throw error;
  }
}

function findScenario(names: readonly string[], known: readonly Scenario[]): Scenario {
  if (names.length > 1) throw new RangeError(`One scenario at a time, or --all.`);
  const name = names[0] ?? known[0]!.name;
  const found = known.find((scenario) => scenario.name === name);
  if (found) return found;
  const all = known.map((scenario) => scenario.name).join(", ");
  throw new RangeError(`There is no scenario "${name}"; there are ${all}.`);
}

function readWhole(
  name: string,
  text: string | undefined,
  byDefault: number,
  max: number,
): number {
  if (text === undefined) return byDefault;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= 1 && value <= max) return value;
  throw new RangeError(`${name} is "${text}", has to be a whole number, 1 to ${max}`);
}

function isParseError(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("ERR_PARSE_ARGS");
}
