/**
 * Invented results, of the shape of a run that went well: made of a seed by a queue with a
 * rate. Used by tests only, and never a result.
 */
import { Random } from "../../sim/clock/random.js";
import { computePercentiles, splitDeciles } from "../measure/percentiles.js";
import {
  OWN_ENGINE,
  RESULT_VERSION,
  type PhaseName,
  type ResultFile,
  type RunResult,
  type Usage,
} from "../result.js";

export interface Sample {
  readonly workflows?: number;
  /** Times longer, and dearer, than ours. */
  readonly slowness?: number;
}

const POINTS = 120;
const RATE_PER_MINUTE = 4_000;
const STEPS = 4;
const PHASES: readonly PhaseName[] = ["queued", "gate", "api", "retry", "commit"];

/** Builds a file with a run for each seed. */
export function buildFile(
  overrides: Partial<ResultFile> = {},
  { seeds = [1, 2, 3], ...sample }: Sample & { readonly seeds?: readonly number[] } = {},
): ResultFile {
  return {
    version: RESULT_VERSION,
    scenario: "haiku",
    engine: OWN_ENGINE,
    command: "npm run bench -- haiku --seed 1 --seeds 3",
    machine: {
      cpu: "A processor",
      cores: 2,
      memoryGiB: 8,
      loadAverage: 0.5,
      node: "v20.20.2",
      packages: { convex: "1.48.0" },
    },
    modelled: ["backend: embedded in one process", "prices: as published"],
    runs: seeds.map((seed) => buildRun(seed, sample)),
    criteria: [
      { name: "failed workflows", value: 0, bound: 0, sense: "atMost", holds: true },
      {
        name: "makespan ÷ oracle",
        value: 1.04,
        bound: 1.03,
        sense: "atMost",
        holds: false,
      },
      {
        name: "rank correlation",
        value: 0.9991,
        bound: 0.99,
        sense: "atLeast",
        holds: true,
      },
    ],
    ...overrides,
  };
}

/** Builds a run; everything in it follows from the seed and the sample. */
function buildRun(
  seed: number,
  { workflows = 1_000, slowness = 1 }: Sample = {},
): RunResult {
  const random = new Random(seed);
  const paceMs = (60_000 / RATE_PER_MINUTE) * STEPS * slowness;
  const ends = Array.from({ length: workflows }, (_, rank) => ({
    createdMs: rank * 0.4,
    phases: {
      queued: rank * paceMs,
      gate: random.next() * 900 * slowness,
      api: random.lognormal(12_000, 0.3),
      retry: random.chance(0.02) ? random.next() * 3_000 : 0,
      commit: random.next() * 400 * slowness,
    },
  })).map((one) => {
    const tookMs = Object.values(one.phases).reduce((sum, ms) => sum + ms, 0);
    return { ...one, tookMs, endMs: one.createdMs + tookMs };
  });
  const makespanMs = Math.max(...ends.map(({ endMs }) => endMs));
  const everyMs = Math.ceil(makespanMs / POINTS / 1_000) * 1_000;
  return {
    seed,
    setup: {
      workflows,
      stepsPerWorkflow: STEPS,
      class: "d1024",
      shards: 100,
      slotsPerShard: 50,
      seats: 8,
      ratePerMinute: RATE_PER_MINUTE,
      rateChanges: [],
    },
    wallSeconds: 12.5,
    outcome: buildOutcome(workflows),
    makespan: {
      ms: makespanMs,
      createdMs: workflows * 0.4,
      bounds: [
        { name: "oracle", ms: makespanMs / 1.02 / slowness, ratio: 1.02 * slowness },
        { name: "apiRate", ms: makespanMs / 1.05 / slowness, ratio: 1.05 * slowness },
      ],
    },
    completion: computePercentiles(ends.map(({ tookMs }) => tookMs)),
    deciles: splitDeciles(ends).map((tenth) =>
      computePercentiles(tenth.map(({ endMs }) => endMs)),
    ),
    rankCorrelation: 0.9991,
    breakdown: PHASES.map((name) => ({
      name,
      ...computePercentiles(ends.map(({ phases }) => phases[name])),
      decileMeans: splitDeciles(ends).map(
        (tenth) => computePercentiles(tenth.map(({ phases }) => phases[name])).mean,
      ),
    })),
    delays: {
      nextStart: computePercentiles(ends.map(({ phases }) => phases.gate)),
      nextRow: computePercentiles(ends.map(({ phases }) => phases.commit)),
    },
    series: buildSeries(everyMs, workflows, random),
    completions: ends.map(({ tookMs, endMs }, rank) => [rank, tookMs, endMs] as const),
    ...buildCosts(workflows * STEPS, slowness),
  };
}

function buildOutcome(workflows: number): RunResult["outcome"] {
  const stepsSettled = workflows * STEPS;
  return {
    completed: workflows,
    failed: 0,
    stuck: 0,
    stepsSettled,
    attempts: Math.round(stepsSettled * 1.007),
    violations: 0,
    firstError: null,
  };
}

function buildSeries(
  everyMs: number,
  workflows: number,
  random: Random,
): RunResult["series"] {
  const shares = Array.from({ length: POINTS }, (_, index) => (index + 1) / POINTS);
  return {
    everyMs,
    running: shares.map((share) => (share === 1 ? 0 : random.integer(260, 300))),
    queued: shares.map((share) => Math.round(workflows * (1 - share))),
    waiting: shares.map((share) => (share === 1 ? 0 : random.integer(0, 90))),
    startsPerSecond: shares.map(() => 64 + random.next() * 3),
    refusedPerSecond: null,
    completedPerSecond: shares.map(() => 14 + random.next() * 4),
  };
}

function buildCosts(
  steps: number,
  slowness: number,
): Pick<RunResult, "cost" | "cpu" | "accountedBytes" | "api" | "digest" | "extra"> {
  const perStep: Usage = {
    transactions: 1.4 * slowness,
    executorTransactions: 1.1 * slowness,
    commits: 0.6,
    documentsRead: 9.5 * slowness,
    bytesRead: 3_200 * slowness,
    documentsWritten: 4.2 * slowness,
    bytesWritten: 2_100 * slowness,
    conflicts: 0.001,
    scheduledFunctions: 0.0004,
  };
  const total = Object.fromEntries(
    Object.entries(perStep).map(([name, value]) => [name, (value as number) * steps]),
  ) as unknown as Usage;
  return {
    cost: {
      steps,
      perStep,
      total,
      executorTransactions: [
        { name: "executor/executor:commit", count: steps * 0.6 },
        { name: "executor/executor:claim", count: steps * 0.5 },
      ],
      per1000Workflows: {
        functionCalls: 5_600 * slowness,
        bandwidthBytes: 21_200_000 * slowness,
        actionGibHours: 0.2,
        functionCallsUsd: 0.011 * slowness,
        bandwidthUsd: 0.004 * slowness,
        actionUsd: 0.06,
      },
    },
    cpu: {
      sampledSeconds: 12.1,
      engine: 2.2,
      component: 1.4,
      simulator: 5.1,
      bench: 1.3,
      packages: 0.4,
      runtime: 1.7,
      engineMsPerStep: 0.55 * slowness,
    },
    accountedBytes: computePercentiles([410_000, 500_000, 620_000]),
    api: { requests: steps, rateLimited: 3, overloaded: 21, dropped: 7 },
    digest: "0f3c",
    extra: { appDelayP99Ms: 41.5 },
  };
}
