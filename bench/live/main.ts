/**
 * The live run as a program: the terminal, the machine's clock, the files, the exit code.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { RESULTS, saveResult } from "../files.js";
import { openView } from "../progress.js";
import { groupFiles } from "../report/read.js";
import { loadResultFiles } from "../report/write.js";
import type { ResultFile } from "../result.js";
import { LiveError } from "./errors.js";
import { ENV_FILE, resolveTarget, type LiveOptions } from "./options.js";
import { runLive, type LiveHost, type LiveResult } from "./run.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Exit codes: of a run that did not take place, or was lost; and of one that was stopped. */
const REFUSED = 2;
const INTERRUPTED = 130;
const SIMULATED = "haiku";

/** Runs it, and writes its result into a directory; answers an exit code where there is none. */
export async function liveMain(
  options: LiveOptions,
  directory: string,
): Promise<ResultFile | number> {
  let result: LiveResult;
  try {
    const target = resolveTarget(options, process.env, await readEnvFile());
    result = await runLive(options, target, openTerminal());
  } catch (error) {
    if (!(error instanceof LiveError)) throw error;
    console.error(error.message);
    return REFUSED;
  }
  if (result.kind === "stopped") return INTERRUPTED;
  if (result.kind === "declined") {
    console.log("Nothing was started.");
    return REFUSED;
  }
  await saveResult(result.file, result.file.scenario, directory);
  return result.file;
}

async function readEnvFile(): Promise<Record<string, string | undefined>> {
  try {
    return parseEnv(await readFile(`${ROOT}${ENV_FILE}`, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

function openTerminal(): LiveHost {
  return {
    signal: listenForInterrupt(),
    pace: {
      now: () => Date.now(),
      // An abort ends the wait, and is no error to whoever waits.
      sleep: async (ms, signal) => {
        await wait(ms, undefined, { signal }).catch(() => undefined);
      },
    },
    print: (text) => console.log(text),
    ask: process.stdin.isTTY ? ask : null,
    loadSimulated,
    openProgress: (name, total) => {
      const view = openView(name, total);
      return {
        show: ({ started, finished, failed }) => {
          if (view.isDue()) view.show(finished, `${started} started, ${failed} failed`);
        },
        end: () => view.end(),
      };
    },
  };
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C and the end of the input leave a question without an answer: that is no.
  terminal.on("SIGINT", () => terminal.close());
  const closed = once(terminal, "close").then(() => "");
  const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** The largest that is committed. */
async function loadSimulated(): Promise<ResultFile | null> {
  const files = await loadResultFiles(RESULTS, []);
  const own = files.filter(({ scenario }) => scenario === SIMULATED);
  return groupFiles(own)[0]?.own ?? null;
}

/** The first Ctrl-C asks the run to end; the second ends the process. */
function listenForInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.on("SIGINT", () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
    console.log("\nStopping the executors. Ctrl-C again ends this program at once.");
  });
  return controller.signal;
}
