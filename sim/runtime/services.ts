/**
 * What the parts of the runtime need of each other, as interfaces.
 *
 * Owns no behavior: `deployment.ts` puts the parts together. With it, a running function, a
 * call and the scheduler can use each other without importing each other.
 */
import type { FunctionPath } from "./functionPath.js";
import type { Clock } from "../clock/clock.js";
import type { LogLine } from "../globals/world.js";
import type { Random } from "../clock/random.js";
import type { Latency } from "../latency/latency.js";
import type { FaultPlan } from "../faults/faults.js";
import type { Metrics } from "../observe/metrics.js";
import type { Trace } from "../observe/trace.js";
import type { CommittedRow, Store, Transaction } from "../store/store.js";
import type { WriteThroughput } from "../concurrency/writeThroughput.js";
import type { Canaries } from "./canaries.js";
import type { Limits } from "./limits.js";
import type { LiveFrames } from "./liveFrames.js";
import type { Handles } from "./handles.js";
import type { CallableFunction, Code } from "./code.js";
import type { CreationTimes, CreationTimeSeries } from "./creationTimes.js";
import type { FileStorage } from "./fileStorage.js";
import type { Lifetime } from "./lifetime.js";
import type { RequestContext } from "./request.js";

/** A call of a function from outside of any transaction. */
export interface Call {
  readonly path: FunctionPath;
  /** The arguments' object, as JSON. */
  readonly args: string;
  readonly request: RequestContext;
  /** The function itself, if it is not deployed: code of a test. */
  readonly fn?: CallableFunction;
  /** Who calls, if it is part of the backend: when it ends, so does what it called. */
  readonly parent?: Lifetime;
}

/** Calls functions by kind. Each resolves to the returned value as JSON. */
export interface Calls {
  query(call: Call): Promise<string>;
  mutation(call: Call): Promise<string>;
  action(call: Call, options?: { waitsForPermit?: boolean }): Promise<string>;
}

/** What a transaction schedules. */
export interface Scheduled {
  readonly target: FunctionPath;
  /** Milliseconds; not before it was scheduled. */
  readonly dueAt: number;
}

/** What of an attempt is committed; see transactionRun.ts. */
export interface Committable {
  readonly tx: Transaction;
  /** The jobs whose rows it inserted, by id. */
  readonly scheduled: ReadonlyMap<string, Scheduled>;
  /** The creation times that it gave. */
  readonly created: CreationTimeSeries;
}

/** Makes a transaction durable and visible; see committer.ts. */
export interface Commits {
  commit(run: Committable, label: string): Promise<bigint>;
  /** Resolves when no commit up to a timestamp is pending any more. */
  settled(ts: bigint): Promise<void>;
}

/** Told of every commit once it is visible. */
export type CommitListener = (
  rows: readonly CommittedRow[],
  /** The jobs among the rows, by id. */
  scheduled: ReadonlyMap<string, Scheduled>,
  ts: bigint,
) => void;

/** The parts of a deployment. */
export interface Services {
  readonly clock: Clock;
  readonly store: Store;
  readonly handles: Handles;
  /** The code of now; a deploy replaces it. */
  readonly code: Code;
  readonly latency: Latency;
  readonly limits: Limits;
  readonly random: Random;
  readonly faults: FaultPlan;
  readonly canaries: Canaries;
  readonly metrics: Metrics;
  readonly trace: Trace;
  readonly files: FileStorage;
  readonly live: LiveFrames;
  readonly throughput: WriteThroughput;
  readonly calls: Calls;
  readonly committer: Commits;
  readonly creationTimes: CreationTimes;
  readonly metadata: { name: string; region: string | null; class: string };
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly onLog: ((name: string, line: LogLine) => void) | undefined;
  readonly onCommitted: CommitListener;
  newRequestId(): string;
  /** A stream of chance for one function, different for each. */
  nextRandom(): Random;
}
