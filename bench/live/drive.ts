/**
 * Drives a run on a deployment: starts its workflows, follows them, stops them.
 *
 * Owns how much is asked at once. Starting is keyed, so that a page that was started already
 * is answered with the same ids, after a lost answer as after a stop.
 */
import type { FunctionReturnType } from "convex/server";
import type { WorkflowId } from "convex-executor";
import { components, internal } from "../../example/convex/_generated/api.js";
import type { Deployment } from "./deployment.js";
import type { LiveRun } from "./runId.js";

export type Seen = FunctionReturnType<typeof internal.bench.look>[number];

/** Workflows that one mutation starts. */
const START_PAGE = 100;
/** Mutations at once that start workflows. */
const CREATORS = 8;
/** Workflows that one query looks at; one that waits costs up to a hundred rows. */
const LOOK_PAGE = 50;
/** Queries at once when all is over. */
const READERS = 4;
/** Milliseconds between two looks. */
const LOOK_MS = 5_000;
/** Milliseconds without progress after which a run is stuck. */
const STALL_MS = 10 * 60_000;

const FINISHED = new Set(["completed", "failed", "canceled"]);
const { bumpEpoch, startExecutors, audit } = components.executor.operators;

/** Time as the program has it; tests give the backend's. */
export interface Pace {
  now(): number;
  /** Resolves after so long, or as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** How far a run is. */
export interface LiveProgress {
  readonly started: number;
  readonly finished: number;
  readonly failed: number;
}

export type Ending = "finished" | "stopped" | "stuck";

export interface DriveOptions {
  readonly deployment: Deployment;
  readonly run: LiveRun;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LiveProgress) => void;
}

/** Lets executors begin that were stopped; does nothing to those that run. */
export async function releaseExecutors(deployment: Deployment): Promise<void> {
  await deployment.call(startExecutors, {});
}

/** Stops the run: executors drain and leave, and none begins until they are released. */
export async function stopExecutors(deployment: Deployment): Promise<void> {
  await deployment.call(bumpEpoch, {});
}

/** Starts all workflows and follows them to their ends; answers their ids in order. */
export async function driveRun(
  options: DriveOptions,
): Promise<{ ending: Ending; ids: WorkflowId[] }> {
  const pages = new Pages(options.run.workflows);
  // Whichever ends first by failing, or by finding the run stuck, ends the other.
  const over = new AbortController();
  const both = { ...options, signal: AbortSignal.any([options.signal, over.signal]) };
  const end = () => over.abort();
  const [ending] = await Promise.all([
    follow(both, pages).finally(end),
    createAll(both, pages).catch((error: unknown) => {
      end();
      throw error;
    }),
  ]);
  return { ending, ids: pages.list() };
}

/** The workflows in the order of their numbers, by pages that are started as one. */
class Pages {
  readonly #ids: (WorkflowId[] | undefined)[];
  next = 0;

  constructor(readonly workflows: number) {
    const pages = Math.ceil(workflows / START_PAGE);
    this.#ids = Array.from({ length: pages }, () => undefined);
  }

  /** The first number of a page, and how many it has. */
  range(page: number): { from: number; count: number } {
    const from = page * START_PAGE;
    return { from, count: Math.min(START_PAGE, this.workflows - from) };
  }

  get count(): number {
    return this.#ids.length;
  }

  fill(page: number, ids: readonly string[]): void {
    this.#ids[page] = ids as WorkflowId[];
  }

  get started(): number {
    return this.#ids.reduce((sum, ids) => sum + (ids?.length ?? 0), 0);
  }

  /** Those that are started, up to the first that is not known to be. */
  list(): WorkflowId[] {
    const end = this.#ids.indexOf(undefined);
    return (this.#ids.slice(0, end < 0 ? undefined : end) as WorkflowId[][]).flat();
  }
}

/** The first page goes alone: it may lay out the seats. */
async function createAll(
  { deployment, run, signal }: DriveOptions,
  pages: Pages,
): Promise<void> {
  const createPage = async (): Promise<void> => {
    const page = pages.next;
    pages.next += 1;
    const args = { run: run.id, ...pages.range(page) };
    pages.fill(page, await deployment.call(internal.bench.start, args));
  };
  const work = async (): Promise<void> => {
    while (pages.next < pages.count && !signal.aborted) await createPage();
  };
  if (!signal.aborted) await createPage();
  await Promise.all(Array.from({ length: CREATORS }, work));
}

async function follow(
  { deployment, pace, signal, onProgress, run }: DriveOptions,
  pages: Pages,
): Promise<Ending> {
  const follower = new Follower(deployment);
  let last = { mark: "", at: pace.now() };
  while (!signal.aborted) {
    const { finished, failed, begun } = await follower.look(pages.list());
    const { started } = pages;
    onProgress({ started, finished, failed });
    if (finished === run.workflows) return "finished";
    const mark = `${started} ${finished} ${begun}`;
    if (mark !== last.mark) last = { mark, at: pace.now() };
    if (pace.now() - last.at > STALL_MS) return "stuck";
    await pace.sleep(LOOK_MS, signal);
  }
  return "stopped";
}

/**
 * Counts ends with a few queries a look, however many workflows there are: a page that has
 * ended is not read again, and one of which none has begun is the last that is read.
 */
class Follower {
  /** By page of a look, the failures among its workflows, all of which have ended. */
  readonly #ended = new Map<number, number>();

  constructor(private readonly deployment: Deployment) {}

  async look(
    ids: readonly WorkflowId[],
  ): Promise<{ finished: number; failed: number; begun: number }> {
    let finished = this.#ended.size * LOOK_PAGE;
    let failed = [...this.#ended.values()].reduce((sum, one) => sum + one, 0);
    let begun = 0;
    for (let page = 0; page * LOOK_PAGE < ids.length; page += 1) {
      if (this.#ended.has(page)) continue;
      const some = ids.slice(page * LOOK_PAGE, (page + 1) * LOOK_PAGE);
      const seen = await look(this.deployment, some, false);
      const ended = seen.filter(({ state }) => FINISHED.has(state));
      const lost = ended.filter(({ state }) => state !== "completed").length;
      if (ended.length === LOOK_PAGE) this.#ended.set(page, lost);
      finished += ended.length;
      failed += lost;
      const moving = seen.filter(({ state }) => state !== "pending").length;
      begun += moving;
      if (moving === 0) break;
    }
    return { finished, failed, begun };
  }
}

async function look(
  deployment: Deployment,
  ids: WorkflowId[],
  withSteps: boolean,
): Promise<Seen[]> {
  return await deployment.call(internal.bench.look, { ids, withSteps });
}

/** Reads all workflows with their steps, once they have ended. */
export async function readAll(
  deployment: Deployment,
  ids: readonly WorkflowId[],
): Promise<Seen[]> {
  const count = Math.ceil(ids.length / LOOK_PAGE);
  const pages: Seen[][] = [];
  let next = 0;
  const read = async (): Promise<void> => {
    while (next < count) {
      const page = next;
      next += 1;
      const some = ids.slice(page * LOOK_PAGE, (page + 1) * LOOK_PAGE);
      pages[page] = await look(deployment, some, true);
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return pages.flat();
}

/** Counts what is wrong with what is stored, on the whole deployment. */
export async function countViolations(deployment: Deployment): Promise<number> {
  let violations = 0;
  for (let cursor: string | null = null; ;) {
    const page: FunctionReturnType<typeof audit> = await deployment.call(audit, {
      cursor,
    });
    violations += page.violations.length;
    if (page.cursor === null) return violations;
    cursor = page.cursor;
  }
}
