/**
 * The fleet: an embedded deployment with the benchmark's app, its simulated API and what is
 * noted of both. Creates the workflows and lets time pass until all have ended.
 *
 * Owns the order of these, and the judgement that nothing moves any more.
 */
import { openTime } from "../demo/backend/time.js";
import { createConvex, type Convex, type VirtualClock } from "../sim/index.js";
import { Random } from "../sim/clock/random.js";
import { isRetriable } from "../sim/runtime/calls.js";
import { START } from "./app/calls.js";
import { OwnWork, TICK } from "./app/ownWork.js";
import { Probe } from "./app/probe.js";
import type { Engine } from "./engines/engine.js";
import { executor } from "./engines/executor.js";
import { createHaiku, createHaikuFetch, type HaikuApi } from "./haiku/index.js";
import { Ledger } from "./measure/ledger.js";
import { countCalls, type Scenario } from "./scenario.js";

/** Milliseconds without progress after which a run is stuck, whatever executors do. */
const STALL_MS = 10 * 60_000;
/** Milliseconds after which a refused page of starts is tried again, and how often in all. */
const CREATE_PAUSE_MS = 500;
const CREATE_TRIES = 240;
/** Milliseconds that the app's own work is watched alone. */
const ALONE_MS = 2 * 60_000;
/** Milliseconds that executors have to retire at the end. */
const RETIRE_MS = 5 * 60_000;

export interface Fleet {
  readonly engine: Engine;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly convex: Convex;
  readonly ledger: Ledger;
  readonly probe: Probe;
  /** Null in scenarios without the Messages API. */
  readonly api: HaikuApi | null;
  /** How long a call that only waits takes. */
  readonly waitMs: (index: number, call: number) => number;
  /** Null if the app does nothing of its own. */
  readonly ownWork: OwnWork | null;
}

export interface FleetOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  /** What carries the workflows out; this component by default. */
  readonly engine?: Engine;
}

/** Opens a deployment on a clock of its own. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { scenario, seed, engine = executor } = options;
  const { clock, apiClock } = openTime("virtual");
  const calls = countCalls(scenario.stages);
  const probe = new Probe(scenario.workflows, calls, () => clock.now());
  const waitMs = drawWaits(scenario, seed);
  const { work, ownWork: plan } = scenario;
  const ownWork = plan ? new OwnWork(plan, () => clock.now()) : null;
  const api =
    work.kind === "messages" ? createHaiku({ ...work.api, seed }, apiClock) : null;
  const convex = await createConvex({
    ...(await engine.deploy({ scenario, probe, waitMs, ownWork })),
    clock,
    class: scenario.class,
    seed,
    ...(api ? { fetch: createHaikuFetch(api) } : {}),
  });
  const ledger = new Ledger(convex, engine.reader);
  return {
    engine,
    scenario,
    seed,
    clock: clock as VirtualClock,
    convex,
    ledger,
    probe,
    api,
    waitMs,
    ownWork,
  };
}

/** All waits beforehand, so that no order of events changes them. */
function drawWaits({ work, stages, workflows }: Scenario, seed: number): Fleet["waitMs"] {
  if (work.kind !== "wait") return () => 0;
  const calls = countCalls(stages);
  const random = new Random(seed).fork("waits");
  const waits = Array.from({ length: workflows * calls }, () =>
    random.integer(work.msMin, work.msMax),
  );
  return (index, call) => waits[index * calls + call]!;
}

/** Starts what the app does of its own, and answers how late it is without any workflows. */
export async function startOwnWork(fleet: Fleet): Promise<number[]> {
  const { ownWork, scenario, convex, clock } = fleet;
  if (!ownWork) return [];
  for (let chain = 0; chain < scenario.ownWork!.chains; chain += 1)
    await convex.mutation(TICK, { dueAt: clock.now() });
  await convex.runFor(ALONE_MS);
  return ownWork.delaysMs.splice(0);
}

/** When a run began, and the ids of its workflows by their numbers. */
export interface Driven {
  readonly beganAt: number;
  readonly ids: readonly string[];
}

/** Creates the workflows and waits for them; `onProgress` is called now and then. */
export async function drive(fleet: Fleet, onProgress: () => void): Promise<Driven> {
  const { clock, ledger, scenario } = fleet;
  const beganAt = clock.now();
  const ids: string[] = [];
  const creating = create(fleet, ids);
  const isOver = () => {
    onProgress();
    return ledger.ended >= scenario.workflows || clock.now() - ledger.movedAt > STALL_MS;
  };
  await clock.drive({ until: isOver });
  await creating;
  return { beganAt, ids };
}

/** Lets executors find out that there is nothing left, and go. */
export async function settle({ clock, convex }: Fleet): Promise<boolean> {
  const isIdle = () => convex.scheduler.running + convex.scheduler.waiting === 0;
  await clock.drive({ until: isIdle, to: clock.now() + RETIRE_MS });
  return isIdle();
}

/**
 * As an app's import would: some mutations at once, each with a page. The first goes alone: it
 * lays out the seats, which in an app has long been done.
 */
async function create(fleet: Fleet, ids: string[]): Promise<void> {
  const { scenario, engine } = fleet;
  const { workflows } = scenario;
  let next = 0;
  const createPage = async () => {
    const from = next;
    const count = Math.min(engine.startPage, workflows - from);
    next += count;
    const page = await startPatiently(fleet, { from, count });
    for (const [offset, id] of page.entries()) ids[from + offset] = id;
  };
  await createPage();
  const work = async () => {
    while (next < workflows) await createPage();
  };
  await Promise.all(Array.from({ length: scenario.creators }, work));
}

/**
 * Starts a page, as an import would that writes faster than the class takes: what the platform
 * refuses has not been done, and is done again after a pause.
 */
async function startPatiently(
  { clock, convex }: Fleet,
  page: { from: number; count: number },
): Promise<string[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await convex.mutation(START, page);
    } catch (error) {
      const isRefused = error instanceof Error && isRetriable(error.cause);
      if (!isRefused || tries >= CREATE_TRIES) throw error;
      await new Promise<void>((resolve) => void clock.after(CREATE_PAUSE_MS, resolve));
    }
  }
}
