/**
 * The demo's command line.
 *
 * Owns: its options, their defaults and checks. Knows nothing of what they are used for.
 */
import { parseArgs } from "node:util";

/** What a person may choose. */
export interface DemoOptions {
  /** Glob of the documents, relative to the working directory; null for the default. */
  readonly documents: string | null;
  /** Documents to review. */
  readonly count: number;
  /** Calls to the API at once, over all executors. */
  readonly slots: number;
  /** Seed of all draws: the simulated API's and the backend's. */
  readonly seed: number;
  /** Whether time is the machine's rather than virtual. */
  readonly isRealTime: boolean;
}

/** What a command line asks for. */
export type Command =
  | { kind: "run"; options: DemoOptions }
  | { kind: "help" }
  | { kind: "invalid"; message: string };

const COUNT_DEFAULT = 200;
/** Beyond it a run takes minutes of the machine, some 14 ms a document; nothing breaks. */
const COUNT_MAX = 20_000;
const SLOTS_DEFAULT = 20;
/** One shard's most; see `slotsPerShard`. */
const SLOTS_MAX = 1_000;
const SEED_DEFAULT = 1;

/** The text for `--help`. */
export const HELP = `Reviews documents with Claude Haiku, four calls each, as durable workflows.

  npm run demo -- [options]

  --documents <glob>  the documents, quoted (default: README files of installed packages)
  --count <n>         how many, 1 to ${COUNT_MAX} (default ${COUNT_DEFAULT})
  --slots <n>         calls at once in all, 1 to ${SLOTS_MAX} (default ${SLOTS_DEFAULT})
  --seed <n>          seed of the simulated API and the backend (default ${SEED_DEFAULT})
  --real-time         wait for real; by default time is virtual, and a run is a function
                      of its options, documents and seed
  --help              this text

Without ANTHROPIC_API_KEY in the environment a simulated Messages API answers: in this
process in virtual time, on the loopback interface in real time. With it the real one does,
in real time, which costs money.

Exit codes: 0 all completed, 1 a workflow failed or is stuck or an invariant is broken,
2 bad options or no documents, 130 interrupted with Ctrl-C.`;

/** Reads a command line; says what is wrong with a bad one. */
export function parseCommand(args: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        documents: { type: "string" },
        count: { type: "string" },
        slots: { type: "string" },
        seed: { type: "string" },
        "real-time": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return { kind: "help" };
    if (values.documents === "") throw new RangeError("--documents is empty");
    const options: DemoOptions = {
      documents: values.documents ?? null,
      count: readWhole("--count", values.count ?? `${COUNT_DEFAULT}`, 1, COUNT_MAX),
      slots: readWhole("--slots", values.slots ?? `${SLOTS_DEFAULT}`, 1, SLOTS_MAX),
      seed: readWhole("--seed", values.seed ?? `${SEED_DEFAULT}`, 0, 2 ** 31 - 1),
      isRealTime: values["real-time"] ?? false,
    };
    return { kind: "run", options };
  } catch (error) {
    if (error instanceof RangeError) return { kind: "invalid", message: error.message };
    if (!isParseError(error)) throw error;
    // A shell that expands an unquoted glob turns it into many arguments.
    const hint = error.message.includes("positional") ? ". Quote the glob." : "";
    return { kind: "invalid", message: `${error.message}${hint}` };
  }
}

function readWhole(name: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new RangeError(
    `${name} is "${text}", has to be a whole number, ${min} to ${max}`,
  );
}

function isParseError(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("ERR_PARSE_ARGS");
}
