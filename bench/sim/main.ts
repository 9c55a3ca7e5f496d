/**
 * `npm run bench:sim`: how fast the embedded Convex is, on this machine.
 *
 * Owns the process: arguments, output, the file of results, exit code.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.js";
import { NOTE_DESCRIPTION } from "./notes.js";
import { renderHeader, renderReport } from "./report.js";
import { FULL, judge, QUICK, runBenchmark } from "./run.js";

/** Exit codes; HELP tells them. */
const EXIT = { ok: 0, missed: 1, usage: 2 };
const SEED_DEFAULT = 1;

const HELP = `Measures the embedded Convex (sim/) and compares it with convex-test.

  npm run bench:sim -- [options]

  --quick        a few seconds, to see that it works; bounds are shown and not enforced
  --seed <n>     seed of documents, keys and latencies (default ${SEED_DEFAULT})
  --out <file>   writes the figures as JSON as well
  --help         this text

Exit codes: 0 all bounds hold, 1 one is missed, 2 bad options.`;

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === null || options.help) {
    console.log(HELP);
    return options === null ? EXIT.usage : EXIT.ok;
  }
  const { seed, out, quick } = options;
  const machine = describeMachine();
  const command = ["npm run bench:sim", ...(args.length > 0 ? ["--", ...args] : [])].join(
    " ",
  );
  console.log(renderHeader(machine, command, seed));
  const figures = await runBenchmark(quick ? QUICK : FULL, seed, (name) =>
    console.error(`measuring ${name}`),
  );
  const verdicts = judge(figures);
  console.log(renderReport(figures, verdicts));
  if (out !== undefined) {
    const document = NOTE_DESCRIPTION;
    const results = { command, seed, machine, document, ...figures, verdicts };
    await writeFile(out, `${JSON.stringify(results, null, 2)}\n`);
  }
  return quick || verdicts.every(({ holds }) => holds) ? EXIT.ok : EXIT.missed;
}

interface Options {
  readonly quick: boolean;
  readonly help: boolean;
  readonly seed: number;
  readonly out: string | undefined;
}

/** Null when they make no sense. */
function readOptions(args: readonly string[]): Options | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
        seed: { type: "string", default: String(SEED_DEFAULT) },
        out: { type: "string" },
      },
    });
    if (!/^\d+$/.test(values.seed)) return null;
    const { quick, help, out } = values;
    return { quick, help, seed: Number(values.seed), out };
  } catch {
    return null;
  }
}
