/**
 * One run of a scenario: drives a fleet, and makes the result of what was noted.
 *
 * Owns the order: nothing is read of the deployment before its counters are taken.
 */
import { computeBounds, resolveApi } from "./bounds.js";
import type { Engine } from "./engines/engine.js";
import { computeExtra, countIdleCalls } from "./extra.js";
import {
  drive,
  openFleet,
  settle,
  startOwnWork,
  type Driven,
  type Fleet,
} from "./fleet.js";
import { watchAccountedBytes } from "./measure/accounted.js";
import { computeCost } from "./measure/cost.js";
import { startProfile } from "./measure/cpu.js";
import type { WorkflowTimes } from "./measure/ledger.js";
import { computePercentiles, round } from "./measure/percentiles.js";
import { summarizeRecords } from "./measure/summary.js";
import { computeSeries } from "./measure/series.js";
import { computeRecord } from "./measure/times.js";
import type { Outcome, RunResult, Setup } from "./result.js";
import { countCalls, type Scenario } from "./scenario.js";

const MS_PER_SECOND = 1_000;

export interface RunOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly profiles: boolean;
  /** What carries the workflows out; this component by default. */
  readonly engine?: Engine;
  /** Called now and then while the run goes on. */
  readonly onProgress?: (fleet: Fleet) => void;
}

/** Runs a scenario once. */
export async function runOnce(options: RunOptions): Promise<RunResult> {
  const { onProgress = () => undefined } = options;
  const fleet = await openFleet(options);
  const startedAt = performance.now();
  const stopProfile = options.profiles ? await startProfile() : null;
  const stopAccounting = watchAccountedBytes();
  const alone = await startOwnWork(fleet);
  const before = fleet.convex.metrics.snapshot();
  const driven = await drive(fleet, () => onProgress(fleet));
  const extra = computeExtra(fleet, driven, alone);
  await settle(fleet);
  const { convex, ledger, engine } = fleet;
  const steps = ledger.stepsSettled;
  const cpu = (await stopProfile?.(steps)) ?? null;
  const wallSeconds = (performance.now() - startedAt) / MS_PER_SECOND;
  const { functions } = engine;
  const { workflows } = options.scenario;
  const cost = computeCost({ convex, before, steps, workflows, functions });
  const digest = convex.digest();
  const accounted = stopAccounting();
  return {
    ...summarize(fleet, driven),
    wallSeconds: round(wallSeconds),
    outcome: await judgeOutcome(fleet),
    cost,
    cpu,
    digest,
    accountedBytes: accounted.length > 0 ? computePercentiles(accounted) : null,
    extra: { ...extra, ...(await countIdleCalls(fleet)) },
  };
}

/** What follows from the times alone. */
type Summary = Omit<
  RunResult,
  "wallSeconds" | "outcome" | "cost" | "cpu" | "digest" | "accountedBytes" | "extra"
>;

/** Everything that follows from the times. */
function summarize(fleet: Fleet, { beganAt, ids }: Driven): Summary {
  const { scenario, ledger, probe, seed, api } = fleet;
  const calls = countCalls(scenario.stages);
  const known = ids.map((id) => ledger.find(id)!);
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const callsOf = ({ id }: WorkflowTimes) =>
    Array.from({ length: calls }, (_, call) => probe.of(indexOf.get(id)!, call));
  const completed = ledger.list().filter(({ state }) => state === "completed");
  const records = completed.map((one) =>
    computeRecord(
      { ...one, rows: one.steps, calls: callsOf(one) },
      scenario.stages,
      beganAt,
    ),
  );
  const lastEnd = Math.max(0, ...records.map(({ endedMs }) => endedMs));
  const createdMs = known.map(({ durableAt }) => durableAt - beganAt);
  const waits = known.flatMap((one) =>
    callsOf(one).map(
      ({ firstStart }, call) => [one.steps[call] ?? NaN, firstStart] as const,
    ),
  );
  return {
    seed,
    setup: describeSetup(fleet),
    makespan: {
      ms: round(lastEnd),
      createdMs: round(Math.max(0, ...createdMs)),
      bounds: computeBounds(fleet, lastEnd, createdMs),
    },
    ...summarizeRecords(records),
    series: computeSeries({
      beganAt,
      endedAt: beganAt + lastEnd,
      intervals: probe.intervals,
      queued: known.map(({ createdAt, steps }) => [createdAt, steps[0] ?? Infinity]),
      waiting: waits.filter(([from, to]) => to > from),
      starts: probe.starts,
      refusals: api?.listRefusals() ?? null,
      ends: completed.map(({ endedAt }) => endedAt),
    }),
    api: api ? { ...api.stats() } : null,
  };
}

function describeSetup({ scenario, convex, engine }: Fleet): Setup {
  const limits = resolveApi(scenario);
  return {
    workflows: scenario.workflows,
    stepsPerWorkflow: countCalls(scenario.stages),
    class: scenario.class,
    ...engine.describe(convex, scenario),
    ratePerMinute: limits?.rateLimit?.requestsPerMinute ?? null,
    rateChanges: (limits?.rateLimitChanges ?? []).map(({ atMs, requestsPerMinute }) => ({
      atMs,
      perMinute: requestsPerMinute,
    })),
  };
}

async function judgeOutcome({
  ledger,
  convex,
  probe,
  scenario,
  engine,
}: Fleet): Promise<Outcome> {
  const all = ledger.list();
  const failed = all.filter(({ state }) => state === "failed" || state === "canceled");
  const completed = all.filter(({ state }) => state === "completed").length;
  return {
    completed,
    failed: failed.length,
    stuck: scenario.workflows - completed - failed.length,
    stepsSettled: ledger.stepsSettled,
    attempts: probe.starts.length,
    violations: await engine.audit(convex),
    firstError: failed[0]?.error ?? null,
  };
}
