/**
 * Puts the parts of a deployment together.
 *
 * Owns the wiring, and nothing that happens later.
 */
import { RealClock } from "../clock/realClock.js";
import { Random } from "../clock/random.js";
import { VirtualClock } from "../clock/virtualClock.js";
import type { Clock } from "../clock/clock.js";
import { Permits } from "../concurrency/permits.js";
import { WriteThroughput } from "../concurrency/writeThroughput.js";
import {
  ACTION_PERMIT_WAIT_MS,
  TRANSACTION_PERMIT_WAIT_MS,
} from "../constants/classes.js";
import { CLASS_DEFAULT } from "../constants/runtime.js";
import { FaultPlan } from "../faults/faults.js";
import { Latency } from "../latency/latency.js";
import { Metrics } from "../observe/metrics.js";
import { Trace } from "../observe/trace.js";
import { namespaceSchema } from "../schema/schema.js";
import { Store } from "../store/store.js";
import { platformIds } from "../values/ids.js";
import { Handles } from "./handles.js";
import { FunctionCalls, type PermitsByKind } from "./calls.js";
import type { Code } from "./code.js";
import { Committer } from "./committer.js";
import { CreationTimes } from "./creationTimes.js";
import { Crons } from "./crons.js";
import { FileStorage } from "./fileStorage.js";
import { JobRuns } from "./jobRuns.js";
import { resolveLimits, type Limits } from "./limits.js";
import { LiveFrames } from "./liveFrames.js";
import type { ConvexOptions } from "./options.js";
import { Scheduler } from "./scheduler.js";
import type { CommitListener, Services } from "./services.js";

/** A deployment's parts, as its owner handles them. */
export interface Parts {
  readonly services: Services;
  readonly calls: FunctionCalls;
  readonly permits: PermitsByKind;
  readonly committer: Committer;
  readonly scheduler: Scheduler;
  /** Null where crons do not run. */
  readonly crons: Crons | null;
  /** Replaces the code, and the schemas with it. */
  deploy(code: Code): void;
  /** Called after the scheduler with every commit. */
  readonly listeners: CommitListener[];
}

export function assemble(code: Code, options: ConvexOptions): Parts {
  const { seed = 1, class: deploymentClass = CLASS_DEFAULT, canaries = {} } = options;
  const random = new Random(seed);
  const clock = openClock(options.clock);
  const limits = resolveLimits(deploymentClass, {
    // Where nothing takes time there are no seconds in which to write so and so much.
    ...(options.latency === "none" ? { writeBytesPerSecond: Infinity } : {}),
    ...options.limits,
  });
  const permits = openPermits(clock, limits, canaries.leaksPermitEvery);
  const listeners: CommitListener[] = [];
  let current = code;
  let requests = 0;
  let streams = 0;
  const functions = random.fork("functions");
  const trace = new Trace(clock);
  const services: Services = {
    clock,
    store: openStore(code, random, options),
    handles: new Handles((path) => current.has(path)),
    get code() {
      return current;
    },
    latency: new Latency(options.latency ?? {}, random.fork("latency")),
    limits,
    random: random.fork("backoff"),
    faults: new FaultPlan(options.faults ?? {}, random.fork("faults"), clock),
    metrics: new Metrics(),
    trace,
    files: new FileStorage(),
    creationTimes: new CreationTimes(),
    live: new LiveFrames(),
    throughput: new WriteThroughput(clock, limits.writeBytesPerSecond),
    canaries,
    get calls() {
      return calls;
    },
    get committer() {
      return committer;
    },
    metadata: { name: "embedded", region: null, class: deploymentClass },
    fetch: options.fetch,
    onLog: options.onLog,
    onCommitted: (rows, scheduled, ts) => {
      scheduler.onCommitted(rows, scheduled);
      for (const listener of listeners) listener(rows, scheduled, ts);
    },
    newRequestId: () => `request-${(requests += 1)}`,
    nextRandom: () => functions.fork(String((streams += 1))),
  };
  const committer = new Committer(services);
  const calls = new FunctionCalls(services, permits);
  const runs = new JobRuns(services, calls);
  const scheduler = new Scheduler(services, limits.scheduledJobs, (job, run) =>
    runs.run(job, run),
  );
  const crons = options.crons ? new Crons(services, calls, limits.scheduledJobs) : null;
  if (crons) listeners.push(crons.onCommitted);
  crons?.deploy(code);
  const deploy = (next: Code) => {
    current = next;
    applySchemas(services.store, next);
    crons?.deploy(next);
  };
  return { services, calls, permits, committer, scheduler, crons, listeners, deploy };
}

function openClock(clock: ConvexOptions["clock"] = "virtual"): Clock {
  if (clock === "real") return new RealClock();
  return clock === "virtual" ? new VirtualClock() : clock;
}

function openPermits(clock: Clock, limits: Limits, leakEvery?: number): PermitsByKind {
  const open = (limit: number, waitMs: number) =>
    new Permits(clock, { limit, waitMs, leakEvery });
  return {
    query: open(limits.queries, TRANSACTION_PERMIT_WAIT_MS),
    mutation: open(limits.mutations, TRANSACTION_PERMIT_WAIT_MS),
    action: open(limits.actions, ACTION_PERMIT_WAIT_MS),
  };
}

function openStore(code: Code, random: Random, { canaries = {} }: ConvexOptions): Store {
  const ids = random.fork("ids");
  const store = new Store({
    ids: platformIds,
    random: () => ids.uint32(),
  });
  store.canary.skipConflicts = canaries.skipsConflicts;
  store.canary.dropRolledBackReads = canaries.dropsRolledBackReads;
  applySchemas(store, code);
  return store;
}

function applySchemas(store: Store, code: Code): void {
  for (const path of code.paths()) {
    const definition = code.source(path)?.schema ?? null;
    const schema = namespaceSchema(definition);
    if (store.namespace(path)) store.setSchema(path, schema);
    else store.addNamespace(path, schema);
  }
}
