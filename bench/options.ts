/**
 * The benchmark's command line.
 *
 * Owns: its options, their defaults and checks. Knows nothing of what they are used for.
 */
import { parseArgs } from "node:util";
import type { LiveOptions } from "./live/options.js";
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
  /** The haiku scenario on a real deployment. */
  | { readonly kind: "live"; readonly options: LiveOptions }
  /** Only the page of the results that are committed. */
  | { readonly kind: "report" }
  /** Only the tables of the README files, from the results that are committed. */
  | { readonly kind: "tables" }
  /** Only one file of several, each with runs of other seeds. */
  | { readonly kind: "join"; readonly paths: readonly string[] }
  | { readonly kind: "help" }
  | { readonly kind: "invalid"; readonly message: string };

const SEED_DEFAULT = 1;
const SEED_MAX = 2 ** 31 - 1;
const SEEDS_MAX = 20;
/** `--all` shows the worst of so many. */
const SEEDS_OF_ALL = 3;
export const WORKFLOWS_MAX = 200_000;
/** Of a live run, unless it is told: as many as the simulated one has. */
const LIVE_WORKFLOWS = 20_000;
/** What goes with what; everything else is for runs on the embedded Convex. */
const ALONE = ["report", "tables"] as const;
const LIVE_ONLY = ["url", "admin-key", "yes", "resume"];
const LIVE = new Set(["live", "workflows", "save", ...LIVE_ONLY]);

/** The text for `--help`. */
export function renderHelp(scenarios: readonly Scenario[]): string {
  const names = scenarios.map(
    ({ name, description }) => `  ${name.padEnd(17)}${description}`,
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
  --tables         runs nothing: writes the tables of README.md and bench/peers/README.md
                   anew from bench/results/
  --join <files>   runs nothing: joins files of a scenario, each with other seeds, into
                   bench/results/<scenario>.json; so seeds may run at the same time
  --no-profile     does not sample the processor's time, which costs a little of it
  --help           this text

  npm run bench -- --live [--url <url> --admin-key <key>] [options]

The haiku scenario on a real deployment of example/convex, with the real API, which costs
money: prints how much, and asks. Ctrl-C stops the executors, and says how to go on. The
deployment is that of --url, else of the environment, else of .env.local (bench/README.md).

  --workflows <n>  so many instead of ${LIVE_WORKFLOWS}
  --yes            does not ask, for scripts
  --resume <run>   goes on with a run that was stopped
  --save           writes bench/results/haiku-live.json and the page there

Exit codes: 0 all criteria hold, 1 one is missed, 2 bad options or result files, or a live run
that was refused or lost, 130 one that was stopped.`;
}

/** Reads a command line; says what is wrong with a bad one. */
export function parseCommand(
  args: readonly string[],
  known: readonly Scenario[],
): Command {
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...args],
      tokens: true,
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
        tables: { type: "boolean", default: false },
        join: { type: "boolean", default: false },
        live: { type: "boolean", default: false },
        url: { type: "string" },
        "admin-key": { type: "string" },
        yes: { type: "boolean", default: false },
        resume: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return { kind: "help" };
    const kind = ALONE.find((name) => values[name]);
    if (kind) {
      if (args.length > 1) throw new RangeError(`--${kind} takes no other option.`);
      return { kind };
    }
    if (values.join) {
      if (args.length !== positionals.length + 1 || positionals.length === 0)
        throw new RangeError(`--join takes result files, and no other option.`);
      return { kind: "join", paths: positionals };
    }
    const given = tokens.flatMap((one) => (one.kind === "option" ? [one.name] : []));
    if (values.live)
      return { kind: "live", options: readLive(values, given, positionals) };
    const lone = given.find((name) => LIVE_ONLY.includes(name));
    if (lone) throw new RangeError(`--${lone} is for --live.`);
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

interface LiveValues {
  readonly workflows?: string;
  readonly url?: string;
  readonly "admin-key"?: string;
  readonly resume?: string;
  readonly yes: boolean;
  readonly save: boolean;
}

function readLive(
  values: LiveValues,
  given: readonly string[],
  scenarios: readonly string[],
): LiveOptions {
  const other = given.find((name) => !LIVE.has(name));
  if (other) throw new RangeError(`--live does not take --${other}.`);
  if (scenarios.some((name) => name !== "haiku"))
    throw new RangeError(`--live runs the scenario haiku alone.`);
  const { resume = null, workflows } = values;
  if (resume !== null && workflows !== undefined)
    throw new RangeError(`--resume knows how many workflows its run has.`);
  return {
    url: values.url ?? null,
    adminKey: values["admin-key"] ?? null,
    workflows: readWhole("--workflows", workflows, LIVE_WORKFLOWS, WORKFLOWS_MAX),
    resume,
    isAgreed: values.yes,
    saves: values.save,
  };
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
