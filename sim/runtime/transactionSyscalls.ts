/**
 * The syscalls of a running query or mutation.
 *
 * Owns which operation does what, in which order and at which cost. What the database
 * operations mean is the session's; what a nested call means is `nestedCalls.ts`.
 */
import { createHandle } from "./addresses.js";
import type { JSONValue } from "convex/values";
import { PREFETCH_ROWS } from "../constants/runtime.js";
import type { DatabaseSession } from "../database/session.js";
import type { Namespace } from "../store/store.js";
import type { SyscallTable } from "../syscalls/abi.js";
import { FunctionFailure, userFailure } from "./failure.js";
import type { NewFile } from "./fileStorage.js";
import type { Frame } from "./frame.js";
import { answerMeta } from "./meta.js";
import { runNested, type NestedCall } from "./nestedCalls.js";
import { encodeTs } from "./placeholders.js";
import { schedule, type ScheduleRequest } from "./scheduling.js";
import { cancelJob } from "./schedulingRows.js";
import type { Services } from "./services.js";
import { SyscallQueue } from "./syscallQueue.js";
import type { TransactionRun, View } from "./transactionRun.js";

type Args = Record<string, JSONValue>;

const VERSION = /^1\.0\//;
/** Reads that the platform does together when they are asked for together. */
const READS = new Set(["get", "queryStreamNext"]);
const WRITES = new Set(["insert", "shallowMerge", "replace", "remove"]);
const DATABASE = new Set([...READS, ...WRITES, "queryPage", "count"]);
const SYNC = ["queryStream", "queryCleanup", "db/normalizeId"];
/** Names without their version, of the operations that are frequent. */
const NAMES = new Map(
  [...DATABASE, ...SYNC, "runUdf"].map((name) => [`1.0/${name}`, name]),
);

export class TransactionSyscalls implements SyscallTable {
  readonly #services: Services;
  readonly #run: TransactionRun;
  readonly #view: View;
  readonly #session: DatabaseSession;
  readonly #queue: SyscallQueue;
  readonly #rowsRead = new Map<number, number>();

  constructor(
    services: Services,
    run: TransactionRun,
    view: View,
    readonly frame: Frame,
    session: DatabaseSession,
    /** 0 for the function that was called from outside. */
    readonly depth: number,
  ) {
    this.#services = services;
    this.#run = run;
    this.#view = view;
    this.#session = session;
    this.#queue = new SyscallQueue(services.clock, frame, {
      batchMax: services.latency.readBatchMax,
      onTime: (ms) => run.spend(ms),
      isInstant: services.latency.isNone,
    });
  }

  syscall(op: string, json: string): string {
    const name = nameOf(op);
    const args = JSON.parse(json) as Args;
    this.#services.metrics.syscall(this.frame.label);
    if (name === "getSnapshotTs") {
      return JSON.stringify(encodeTs(this.#view.tx.beginTs));
    }
    return this.#guard(() => this.#session.sync(name, args));
  }

  asyncSyscall(op: string, json: string): Promise<string> {
    const name = nameOf(op);
    if (name === op) {
      return Promise.reject(userFailure(`Unknown async operation ${op}`));
    }
    const args = JSON.parse(json) as Args;
    this.#services.metrics.syscall(this.frame.label);
    const ms = this.#cost(name, args);
    return this.#queue.push(ms, READS.has(name), () =>
      this.#guard(() => this.#answer(name, args)),
    );
  }

  jsSyscall(op: string): unknown {
    throw userFailure(`Unknown operation ${op}`);
  }

  /** What was begun and not awaited is still done before the end, as on the platform. */
  drained(): Promise<void> {
    return this.#queue.drained();
  }

  #cost(name: string, args: Args): number {
    const { latency, faults } = this.#services;
    if (name === "queryStreamNext" && this.#isReadAhead(args.queryId as number)) return 0;
    const factor = faults.slowness(this.frame.label);
    if (READS.has(name) || name === "queryPage") return factor * latency.read();
    if (WRITES.has(name)) return factor * latency.write();
    return factor * (name === "runUdf" ? latency.nestedCall() : latency.syscall());
  }

  /** Rows are read in batches: only the first of each takes time. */
  #isReadAhead(queryId: number): boolean {
    const rows = this.#rowsRead.get(queryId) ?? 0;
    this.#rowsRead.set(queryId, rows + 1);
    return rows % PREFETCH_ROWS !== 0;
  }

  /** Only an error of the function itself can be caught by it; others end the attempt. */
  #guard<T>(answer: () => T): T {
    try {
      return answer();
    } catch (error) {
      if (error instanceof FunctionFailure && error.kind !== "user") {
        this.#run.abort(error);
      }
      throw error;
    }
  }

  #answer(name: string, args: Args): string | Promise<string> {
    if (DATABASE.has(name)) return this.#session.run(name, args);
    switch (name) {
      case "runUdf":
        return this.#runUdf(args);
      case "createFunctionHandle":
        return JSON.stringify(
          createHandle(
            this.#services.handles,
            this.#run.code,
            args,
            this.frame.component,
          ),
        );
      case "schedule":
        return JSON.stringify(this.#schedule(args));
      case "cancel_job":
        this.#requireMutation(name);
        this.#cancel(args.id as string);
        return "null";
      case "getTransactionMetrics":
        return JSON.stringify(this.#view.usage.metrics());
      case "getUserIdentity":
        return JSON.stringify(this.frame.request.identity);
      case "auditLog":
        return "null";
      default:
        return (
          answerMeta(this.#services, this.frame, name) ?? this.#answerStorage(name, args)
        );
    }
  }

  #answerStorage(name: string, args: Args): string {
    const { files } = this.#services;
    const { tx } = this.#view;
    const namespace = this.#namespace;
    const id = args.storageId as string;
    switch (name) {
      case "storageGetUrl":
        return JSON.stringify(files.url(tx, namespace, id));
      case "storageGetMetadata":
        return JSON.stringify(files.metadata(tx, namespace, id));
      case "storageGenerateUploadUrl":
        return JSON.stringify(files.uploadUrl(String(this.#run.random.uint32())));
      case "storageDelete":
        this.#requireMutation(name);
        files.remove(tx, namespace, id);
        return "null";
      case "storageStore":
        this.#requireMutation(name);
        return JSON.stringify(files.insert(tx, namespace, files.prepare(readFile(args))));
      case "storageGet": {
        this.#requireMutation(name);
        const file = files.read(tx, namespace, id);
        const blob = file?.bytes.toString("base64");
        return JSON.stringify(file && { blob, contentType: file.contentType });
      }
      default:
        throw userFailure(`Unknown async operation 1.0/${name}`);
    }
  }

  async #runUdf(args: Args): Promise<string> {
    return await runNested(
      this.#services,
      this.#run,
      { frame: this.frame, depth: this.depth, view: this.#view },
      args as unknown as NestedCall,
      (view, frame, session, depth) =>
        new TransactionSyscalls(this.#services, this.#run, view, frame, session, depth),
    );
  }

  #schedule(args: Args): string {
    this.#requireMutation("schedule");
    const request = args as unknown as ScheduleRequest;
    return schedule(this.#services, this.#run, this.#view, this.frame, request);
  }

  #cancel(id: string): void {
    // What is part of a job does not cancel it: that would conflict with its own write, and
    // until version 1.50 of `convex` says so with an error, it does nothing (`cancel_job` in
    // crates/isolate/src/environment/udf/async_syscall.rs at 94a42c3d).
    if (id === this.frame.request.job?.id) return;
    const { tx } = this.#view;
    cancelJob(this.#services.store, tx, this.#namespace, id, this.#run.startedAt);
  }

  get #namespace(): Namespace {
    return this.#services.store.namespace(this.frame.component)!;
  }

  #requireMutation(operation: string): void {
    if (this.frame.fn.kind === "mutation") return;
    throw userFailure(`The operation ${operation} is not available in queries.`);
  }
}

function nameOf(op: string): string {
  return NAMES.get(op) ?? op.replace(VERSION, "");
}

/** What `storageStore` carries. */
function readFile(args: Args): NewFile {
  const { blob, contentType, sha256 } = args as Record<string, string | undefined>;
  return {
    bytes: Buffer.from(blob!, "base64"),
    contentType: contentType ?? "",
    expectedSha256: sha256,
  };
}
