/**
 * The shape of a result file, field by field: that of `result.ts`, which the compiler keeps
 * it equal to.
 */
import {
  RESULT_VERSION,
  type Bill,
  type Bound,
  type Cost,
  type Cpu,
  type Criterion,
  type Outcome,
  type Percentiles,
  type Phase,
  type ResultFile,
  type RunResult,
  type Series,
  type Setup,
  type Usage,
} from "../result.js";
import type { Machine } from "../sim/machine.js";
import {
  added,
  flag,
  list,
  nullable,
  number,
  numberOrNaN,
  object,
  oneOf,
  record,
  someOf,
  text,
  triple,
} from "./shape.js";

const percentileFields = {
  count: number,
  mean: number,
  p50: number,
  p90: number,
  p99: number,
  max: number,
};
const percentiles = object<Percentiles>(percentileFields);

const machine = object<Machine>({
  cpu: text,
  cores: number,
  memoryGiB: number,
  loadAverage: number,
  node: text,
  packages: record(text),
});

type RateChange = Setup["rateChanges"][number];
const setup = object<Setup>({
  workflows: number,
  stepsPerWorkflow: number,
  class: text,
  shards: number,
  slotsPerShard: number,
  seats: number,
  ratePerMinute: nullable(number),
  rateChanges: added(list(object<RateChange>({ atMs: number, perMinute: number })), []),
});

const outcome = object<Outcome>({
  completed: number,
  failed: number,
  stuck: number,
  stepsSettled: number,
  attempts: number,
  violations: number,
  firstError: nullable(text),
});

const makespan = object<RunResult["makespan"]>({
  ms: number,
  createdMs: number,
  bounds: list(
    object<Bound>({
      name: oneOf("oracle", "oracleAsCreated", "apiRate", "slotSeconds"),
      ms: number,
      ratio: numberOrNaN,
    }),
  ),
});

const phase = object<Phase>({
  name: oneOf("queued", "gate", "api", "retry", "commit"),
  decileMeans: list(number),
  ...percentileFields,
});

const series = object<Series>({
  everyMs: number,
  running: list(number),
  queued: list(number),
  waiting: list(number),
  startsPerSecond: list(number),
  refusedPerSecond: added(nullable(list(number)), null),
  completedPerSecond: list(number),
});

const usage = object<Usage>({
  transactions: number,
  executorTransactions: number,
  commits: number,
  documentsRead: number,
  bytesRead: number,
  documentsWritten: number,
  bytesWritten: number,
  conflicts: number,
  scheduledFunctions: number,
});

const cost = object<Cost>({
  steps: number,
  perStep: usage,
  total: usage,
  executorTransactions: list(
    object<Cost["executorTransactions"][number]>({ name: text, count: number }),
  ),
  per1000Workflows: object<Bill>({
    functionCalls: number,
    bandwidthBytes: number,
    actionGibHours: number,
    functionCallsUsd: number,
    bandwidthUsd: number,
    actionUsd: number,
  }),
});

const cpu = object<Cpu>({
  sampledSeconds: number,
  engine: number,
  component: number,
  simulator: number,
  bench: number,
  packages: number,
  runtime: number,
  engineMsPerStep: number,
});

const run = object<RunResult>({
  seed: number,
  setup,
  wallSeconds: number,
  outcome,
  makespan,
  completion: percentiles,
  deciles: list(percentiles),
  rankCorrelation: numberOrNaN,
  breakdown: list(phase),
  delays: object<RunResult["delays"]>({ nextStart: percentiles, nextRow: percentiles }),
  series,
  completions: list(triple),
  cost: nullable(cost),
  cpu: nullable(cpu),
  accountedBytes: nullable(percentiles),
  api: nullable(record(number)),
  digest: nullable(text),
  extra: record(number),
});

const criterion = object<Criterion>({
  name: text,
  value: numberOrNaN,
  bound: numberOrNaN,
  sense: oneOf("atMost", "atLeast"),
  holds: flag,
});

/** A whole file. */
export const resultFile = object<ResultFile>({
  version: oneOf(RESULT_VERSION),
  scenario: text,
  engine: text,
  command: text,
  machine,
  modelled: list(text),
  runs: someOf(run),
  criteria: list(criterion),
});
