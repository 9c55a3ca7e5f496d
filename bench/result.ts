/**
 * The result of a benchmark: the contract between what measures and what shows.
 *
 * Owns the shape of the files under `bench/results/`, and nothing else. Times are
 * milliseconds of the backend's time, which is virtual on the embedded Convex, from the
 * beginning of the run (the first call that creates a workflow); `wallSeconds` and `cpu` are
 * the machine's. Fields are only added; a change of meaning raises {@link RESULT_VERSION}.
 */
import type { Machine } from "./sim/machine.js";

export const RESULT_VERSION = 1;

/** The engine that is measured; every other one is a peer. */
export const OWN_ENGINE = "convex-executor";

/** One file: a scenario on one engine, with one run per seed. */
export interface ResultFile {
  readonly version: typeof RESULT_VERSION;
  readonly scenario: string;
  /** Who executed: {@link OWN_ENGINE}, or the name and version of a peer. */
  readonly engine: string;
  /** How to get these figures again. */
  readonly command: string;
  readonly machine: Machine;
  /** What is modelled and not measured, a line each. */
  readonly modelled: readonly string[];
  readonly runs: readonly RunResult[];
  /** The criteria, each with the worst of the runs. */
  readonly criteria: readonly Criterion[];
}

/** One run, of one seed. */
export interface RunResult {
  readonly seed: number;
  readonly setup: Setup;
  /** How long the machine took. */
  readonly wallSeconds: number;
  readonly outcome: Outcome;
  readonly makespan: Makespan;
  /** From a workflow's creation to its end, of all that completed. */
  readonly completion: Percentiles;
  /** Ends since the beginning, by tenths in the order of creation. */
  readonly deciles: readonly Percentiles[];
  /** Spearman's, between the orders of creation and completion. */
  readonly rankCorrelation: number;
  /** Where a workflow's time went, along its critical path; in this order they add up to it. */
  readonly breakdown: readonly Phase[];
  /** From a step's result to the start of what waited for it, and to its durable row. */
  readonly delays: Readonly<Record<"nextStart" | "nextRow", Percentiles>>;
  /** Slots, queues and rates over time, at even distances. */
  readonly series: Series;
  /** [rank of creation, completion in ms since creation, end in ms since the beginning], thinned. */
  readonly completions: readonly (readonly [number, number, number])[];
  /** Null where nothing is counted, as on a real deployment. */
  readonly cost: Cost | null;
  /** Null if the run was not profiled. */
  readonly cpu: Cpu | null;
  /** Bytes that executors account for, by executor: the largest seen; null if unknown. */
  readonly accountedBytes: Percentiles | null;
  /** What the simulated API counted; null where none is used. */
  readonly api: Readonly<Record<string, number>> | null;
  /** Of all that is stored at the end; null where it cannot be taken. */
  readonly digest: string | null;
  /** What only one scenario measures, by name and with the unit last. */
  readonly extra: Readonly<Record<string, number>>;
}

/** What was run. */
export interface Setup {
  readonly workflows: number;
  readonly stepsPerWorkflow: number;
  /** Class of the deployment. */
  readonly class: string;
  readonly shards: number;
  /** Of a peer, the parallelism of its one pool. */
  readonly slotsPerShard: number;
  /** Executors at once. */
  readonly seats: number;
  /** Requests a minute that the API lets through; null for no limit. */
  readonly ratePerMinute: number | null;
  /** How that changes later; none in older files. */
  readonly rateChanges: readonly { readonly atMs: number; readonly perMinute: number }[];
}

/** What became of the workflows. */
export interface Outcome {
  readonly completed: number;
  readonly failed: number;
  /** Unfinished at the end: with nothing left to do they are stuck. */
  readonly stuck: number;
  readonly stepsSettled: number;
  readonly attempts: number;
  /** What `audit` found. */
  readonly violations: number;
  /** Of the first workflow that failed. */
  readonly firstError: string | null;
}

/** From the beginning to the last end, beside its bounds. */
interface Makespan {
  readonly ms: number;
  /** When the last workflow was durable. */
  readonly createdMs: number;
  readonly bounds: readonly Bound[];
}

/** A time that no engine can beat on this work. */
export interface Bound {
  /**
   * - `oracle`: of the zero-overhead oracle, all work there at the beginning. None where
   *   the work itself takes no time.
   * - `oracleAsCreated`: the same, each workflow there when it was created.
   * - `apiRate`: all requests at the API's rate. `slotSeconds`: all attempts over all slots.
   */
  readonly name: "oracle" | "oracleAsCreated" | "apiRate" | "slotSeconds";
  readonly ms: number;
  /** The makespan as a multiple of it. */
  readonly ratio: number;
}

/** Nearest-rank percentiles, with the number of values; all 0 of none. */
export interface Percentiles {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Where time goes. */
export type PhaseName =
  /** From its creation until its first step is durable. */
  | "queued"
  /** From a durable step to its first attempt: at its gate, else for a slot. */
  | "gate"
  /** In attempts. */
  | "api"
  /** Between attempts of one step. */
  | "retry"
  /** From a result to the durable row of what follows from it. */
  | "commit";

/** One part of a workflow's time, over all that completed. */
export interface Phase extends Percentiles {
  readonly name: PhaseName;
  /** Its mean in each decile of creation. */
  readonly decileMeans: readonly number[];
}

/** Parallel arrays: a value for each `everyMs` since the beginning. */
export interface Series {
  readonly everyMs: number;
  /** Attempts under way. */
  readonly running: readonly number[];
  /** Workflows that have been created and have no durable step. */
  readonly queued: readonly number[];
  /** Durable steps that wait for their gate or a slot. */
  readonly waiting: readonly number[];
  /** Attempts that began in the interval, a second. */
  readonly startsPerSecond: readonly number[];
  /** Attempts that the API's limit refused in the interval, a second; null if unknown. */
  readonly refusedPerSecond: readonly number[] | null;
  /** Workflows that completed in the interval, a second. */
  readonly completedPerSecond: readonly number[];
}

/** Everything that was done for the work, by executors and by what they call. */
export interface Cost {
  /** Settled steps that the figures below are divided by. */
  readonly steps: number;
  readonly perStep: Usage;
  readonly total: Usage;
  /** Transactions that executors began, by function; of a peer, its scheduled functions. */
  readonly executorTransactions: readonly {
    readonly name: string;
    readonly count: number;
  }[];
  readonly per1000Workflows: Bill;
}

/** What the platform counts. */
export interface Usage {
  /** Commits and query snapshots, whoever began them; nested calls are part of theirs. */
  readonly transactions: number;
  /** Those that executors began, or the scheduled functions and actions of a peer. */
  readonly executorTransactions: number;
  /** Group commits among them; of a peer, its mutations that take in results. */
  readonly commits: number;
  readonly documentsRead: number;
  readonly bytesRead: number;
  readonly documentsWritten: number;
  /** Documents and index entries. */
  readonly bytesWritten: number;
  /** Commits that were refused, and made again. */
  readonly conflicts: number;
  readonly scheduledFunctions: number;
}

/** At published prices, which `modelled` names with their source. */
export interface Bill {
  readonly functionCalls: number;
  readonly bandwidthBytes: number;
  readonly actionGibHours: number;
  readonly functionCallsUsd: number;
  readonly bandwidthUsd: number;
  readonly actionUsd: number;
}

/** Where the processor's time went, by the source of the innermost function; seconds. */
export interface Cpu {
  readonly sampledSeconds: number;
  /** `src/client` and `src/shared`: what an executor computes. */
  readonly engine: number;
  /** `src/component`: what its transactions compute. */
  readonly component: number;
  readonly simulator: number;
  /** The benchmark, the simulated API and the API's SDK. */
  readonly bench: number;
  readonly packages: number;
  /** The machine's: garbage collection, the runtime itself. */
  readonly runtime: number;
  /** Of `engine`, in milliseconds. */
  readonly engineMsPerStep: number;
}

/** A judgement. */
export interface Criterion {
  readonly name: string;
  readonly value: number;
  readonly bound: number;
  /** Whether the value may be at most or at least the bound. */
  readonly sense: "atMost" | "atLeast";
  readonly holds: boolean;
}
