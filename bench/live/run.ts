/**
 * `npm run bench -- --live`: a run of the `haiku` scenario on a real deployment, from the
 * first look at it to the report.
 *
 * Owns the order: nothing is started before the deployment was looked at and somebody has
 * agreed to the cost, and whoever ends it early is told how to go on. Prints through its host.
 */
import { renderCriteria, renderResult } from "../table.js";
import type { ResultFile } from "../result.js";
import { loadFacts, requireFit, type Facts } from "./check.js";
import { Deployment } from "./deployment.js";
import {
  countViolations,
  driveRun,
  readAll,
  releaseExecutors,
  stopExecutors,
  type LiveProgress,
  type Pace,
} from "./drive.js";
import { LiveError } from "./errors.js";
import { estimate, renderEstimate } from "./estimate.js";
import type { LiveOptions, Target } from "./options.js";
import { WORKFLOWS_MAX } from "../options.js";
import { createRun, parseRun, type LiveRun } from "./runId.js";
import { summarizeLive, toSeconds } from "./summarize.js";

/** What surrounds the program: a terminal, or a test. */
export interface LiveHost {
  readonly pace: Pace;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
  /** Asks whether to spend; null if there is nobody to ask. */
  readonly ask: ((question: string) => Promise<boolean>) | null;
  /** A result of the simulated scenario, for the platform's bill; null if there is none. */
  loadSimulated(): Promise<ResultFile | null>;
  /** Shows how far a run is, until it is told that it is over. */
  openProgress(
    name: string,
    total: number,
  ): { show(progress: LiveProgress): void; end(): void };
}

/** How a run ended; a file if it ended by itself. */
export type LiveResult =
  | { readonly kind: "done"; readonly file: ResultFile }
  /** Nobody agreed to the cost; nothing was started. */
  | { readonly kind: "declined" }
  /** Ctrl-C: executors were told to leave. */
  | { readonly kind: "stopped" };

/** Runs it. Throws a `LiveError` that says what is wrong, and how to go on if it had begun. */
export async function runLive(
  options: LiveOptions,
  target: Target,
  host: LiveHost,
): Promise<LiveResult> {
  const { pace, print } = host;
  const run =
    options.resume === null
      ? createRun(options.workflows, pace.now())
      : parseRun(options.resume, WORKFLOWS_MAX);
  const isResumed = options.resume !== null;
  const deployment = new Deployment(target.url, target.adminKey, (ms) => pace.sleep(ms));
  const facts = await loadFacts(deployment);
  requireFit(target.url, facts, isResumed);
  const simulated = await host.loadSimulated();
  const figures = estimate(run.workflows, facts, simulated);
  print(`${target.url}\n${renderEstimate(run.workflows, facts, figures, simulated)}`);
  if (isResumed)
    print(`Resumes ${run.id}: what has ended is neither run nor paid again.`);
  if (!(await agree(options, host))) return { kind: "declined" };
  try {
    return await carryOut({ deployment, facts, run, isResumed }, host);
  } catch (error) {
    throw tellHowToGoOn(error, run);
  }
}

async function agree({ isAgreed }: LiveOptions, host: LiveHost): Promise<boolean> {
  if (isAgreed) return true;
  if (!host.ask) {
    throw new LiveError(
      "unfit",
      "There is no terminal to ask on whether to spend this. Give --yes to agree beforehand.",
    );
  }
  return await host.ask("Spend this?");
}

interface Carried {
  readonly deployment: Deployment;
  readonly facts: Facts;
  readonly run: LiveRun;
  readonly isResumed: boolean;
}

async function carryOut(
  { deployment, facts, run, isResumed }: Carried,
  host: LiveHost,
): Promise<LiveResult> {
  const { pace, signal, print } = host;
  const startedAt = pace.now();
  print(`Run ${run.id}. Ctrl-C stops it.`);
  if (facts.isStopped) await releaseExecutors(deployment);
  const progress = host.openProgress(run.id, run.workflows);
  const { ending, ids } = await driveRun({
    deployment,
    run,
    pace,
    signal,
    onProgress: (seen) => progress.show(seen),
  }).finally(() => progress.end());
  if (ending === "stopped") {
    await stop(deployment, ids.length > 0 || facts.isConfigured);
    print(`Stopped: calls under way end, and none begins. ${howToGoOn(run)}`);
    return { kind: "stopped" };
  }
  if (ending === "stuck")
    print("Nothing has moved for long: what is unfinished is stuck.");
  const seen = await readAll(deployment, ids);
  const violations = await countViolations(deployment);
  const wallSeconds = toSeconds(pace.now() - startedAt);
  const { workflows } = run;
  const outcome = { workflows, facts, seen, violations, wallSeconds, isResumed };
  const command = `npm run bench -- --live --workflows ${workflows}`;
  const file = summarizeLive(outcome, command);
  print(renderResult(file));
  print(renderCriteria(file.criteria));
  return { kind: "done", file };
}

/** Where nothing was ever started, there is nothing to stop. */
async function stop(deployment: Deployment, isConfigured: boolean): Promise<void> {
  if (isConfigured) await stopExecutors(deployment);
}

function howToGoOn({ id }: LiveRun): string {
  return `Go on with: npm run bench -- --live --resume ${id}`;
}

/** What has begun goes on without the program: that is said with whatever went wrong. */
function tellHowToGoOn(error: unknown, run: LiveRun): unknown {
  if (!(error instanceof LiveError)) return error;
  const message =
    `${error.message}\nRun ${run.id} may go on without this program, and spend. ` +
    `${howToGoOn(run)}\nStop it with: npx convex run --component executor operators:bumpEpoch '{}'`;
  return new LiveError(error.kind, message, { cause: error });
}
