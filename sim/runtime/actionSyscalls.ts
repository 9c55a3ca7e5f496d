/**
 * The syscalls of a running action: its operations on the backend.
 *
 * Owns which operation does what, and that nothing reaches an action that has ended. Every
 * operation is a place where the action may crash, before it takes effect or after
 * (`hostOperation`); between two of them an action's code is alone with itself, so a crash
 * there is the same to everybody else as a crash at the next one.
 */
import type { Target } from "./functionPath.js";
import type { JSONValue } from "convex/values";
import type { SyscallTable } from "../syscalls/abi.js";
import { resolveAddress, type Address, createHandle } from "./addresses.js";
import type { FunctionKind } from "./code.js";
import { crashFailure, goneFailure, userFailure } from "./failure.js";
import type { Frame } from "./frame.js";
import { answerMeta } from "./meta.js";
import { openSession } from "./nestedCalls.js";
import { requireKind, requireResolved } from "./refusals.js";
import { schedule, type ScheduleRequest } from "./scheduling.js";
import { cancelJob } from "./schedulingRows.js";
import type { Call, Services } from "./services.js";
import { runSystemTransaction } from "./systemTransactions.js";
import { TransactionRun } from "./transactionRun.js";

type Args = Record<string, JSONValue>;
type CallRequest = Address & { args: JSONValue };

/** What runs a function of its own. */
const CALLS = new Set(["query", "mutation", "action"]);
/** What has a form of its own for actions. */
const IN_ACTIONS_ONLY = new Set([...CALLS, "schedule", "cancel_job", "vectorSearch"]);
const VERSION = /^1\.0\/(actions\/)?/;

export class ActionSyscalls implements SyscallTable {
  readonly #services: Services;

  constructor(
    services: Services,
    readonly frame: Frame,
  ) {
    this.#services = services;
  }

  syscall(op: string): string {
    throw userFailure(`Unknown operation ${op}`);
  }

  asyncSyscall(op: string, json: string): Promise<string> {
    const name = op.replace(VERSION, "");
    const known = IN_ACTIONS_ONLY.has(name) ? `1.0/actions/${name}` : `1.0/${name}`;
    if (op !== known) throw userFailure(`Unknown async operation ${op}`);
    this.#services.metrics.syscall(this.frame.label);
    return this.hostOperation(name, async () => {
      const way = this.#reachBackend(name);
      if (way !== null) await way;
      if (this.frame.isEnded) throw goneFailure();
      return await this.#answer(name, JSON.parse(json) as Args);
    });
  }

  jsSyscall(op: string, args: Record<string, unknown>): unknown {
    return this.hostOperation(op, () => this.#answerBlob(op, args));
  }

  /** Does something outside of the action's code. After the action's end nothing comes back. */
  hostOperation<T>(name: string, operation: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.mayCrash(name, "before")) return;
      operation().then(
        (result) => {
          if (!this.mayCrash(name, "after")) resolve(result);
        },
        (error: Error) => {
          if (!this.mayCrash(name, "after")) reject(error);
        },
      );
    });
  }

  /** True when the action is no more: it was before, or a fault has ended it now. */
  mayCrash(name: string, when: "before" | "after"): boolean {
    const { frame } = this;
    if (frame.isEnded) return true;
    if (!this.#services.faults.crashes(frame, name, when)) return false;
    frame.end(crashFailure());
    return true;
  }

  /** The way there takes time, and the action may end on it. Null if it takes none. */
  #reachBackend(name: string): Promise<void> | null {
    const { latency, faults, clock } = this.#services;
    const ms =
      faults.slowness(this.frame.label) *
      (CALLS.has(name) ? latency.actionCall() : latency.syscall());
    return ms === 0 ? null : new Promise<void>((done) => void clock.after(ms, done));
  }

  #answer(name: string, args: Args): Promise<string> {
    const { calls } = this.#services;
    switch (name) {
      case "query":
        return calls.query(this.#call(args, "query"));
      case "mutation":
        return calls.mutation(this.#call(args, "mutation"));
      case "action":
        return calls.action(this.#call(args, "action"));
      default:
        return this.#answerOther(name, args);
    }
  }

  async #answerOther(name: string, args: Args): Promise<string> {
    const { handles, code } = this.#services;
    switch (name) {
      case "schedule":
        return JSON.stringify(await this.#schedule(args));
      case "cancel_job":
        await this.#cancel(args.id as string);
        return "null";
      case "createFunctionHandle":
        this.#resolve(args);
        return JSON.stringify(createHandle(handles, code, args, this.frame.component));
      case "vectorSearch":
        return this.#searchVectors(args);
      case "getUserIdentity":
        return JSON.stringify(this.frame.request.identity);
      case "auditLog":
        return "null";
      default:
        return (
          answerMeta(this.#services, this.frame, name) ??
          (await this.#answerFile(name, args))
        );
    }
  }

  #call(args: Args, kind: FunctionKind): Call {
    const { args: passed, ...address } = args as unknown as CallRequest;
    const path = this.#resolve(address);
    requireKind(this.#services.code.function(path), kind);
    const { request, component } = this.frame;
    // Who is asking is only known within the app: PLATFORM.md section 4.
    const isApp = component === "" && path.component === "";
    return {
      path,
      args: JSON.stringify(passed),
      request: isApp ? request : { ...request, identity: null, authToken: null },
      parent: this.frame,
    };
  }

  #resolve(address: Address): Target {
    const { code, handles } = this.#services;
    const target = resolveAddress(address, this.frame.component, handles);
    requireResolved(code, target);
    return target;
  }

  async #schedule(args: Args): Promise<string> {
    const request = args as unknown as ScheduleRequest;
    this.#resolve(request);
    return await this.#write((run) =>
      schedule(this.#services, run, run, this.frame, request),
    );
  }

  /**
   * From an action the platform looks for the job in the app, whatever component asks
   * (`by_component_TODO` in crates/isolate/src/environment/action/async_syscall.rs).
   */
  async #cancel(id: string): Promise<void> {
    const { store } = this.#services;
    const app = store.namespace("")!;
    await this.#write(({ tx, startedAt }) => cancelJob(store, tx, app, id, startedAt));
  }

  async #answerFile(name: string, args: Args): Promise<string> {
    const { files } = this.#services;
    const id = args.storageId as string;
    switch (name) {
      case "storageGetUrl":
        return this.#read(({ tx }) => files.url(tx, this.#namespace, id));
      case "storageGetMetadata":
        return this.#read(({ tx }) => files.metadata(tx, this.#namespace, id));
      case "storageGenerateUploadUrl":
        return JSON.stringify(files.uploadUrl(this.#services.newRequestId()));
      case "storageDelete":
        await this.#write(({ tx }) => files.remove(tx, this.#namespace, id));
        return "null";
      default:
        throw userFailure(`Unknown async operation 1.0/${name}`);
    }
  }

  async #answerBlob(op: string, args: Record<string, unknown>): Promise<unknown> {
    const { files, clock } = this.#services;
    if (op === "storage/getBlob") {
      const id = args.storageId as string;
      const file = this.#look(({ tx }) => files.read(tx, this.#namespace, id));
      return file && new Blob([file.bytes], { type: file.contentType ?? "" });
    }
    if (op !== "storage/storeBlob") throw userFailure(`Unknown operation ${op}`);
    const blob = args.blob as Blob;
    const { sha256 } = (args.options ?? {}) as { sha256?: string };
    // Reading a blob is the machine's work: virtual time waits for it.
    const release = clock.hold();
    const bytes = Buffer.from(await blob.arrayBuffer().finally(release));
    const file = files.prepare({ bytes, contentType: blob.type, expectedSha256: sha256 });
    return await this.#write(({ tx }) => files.insert(tx, this.#namespace, file));
  }

  get #namespace() {
    return this.#services.store.namespace(this.frame.component)!;
  }

  #searchVectors(args: Args): string {
    return this.#look((run) =>
      openSession(this.#services, this.#namespace, { kind: "query" }, run).run(
        "actions/vectorSearch",
        args,
      ),
    );
  }

  #read(read: (run: TransactionRun) => unknown): string {
    return JSON.stringify(this.#look(read));
  }

  /** Looks at a snapshot of now. */
  #look<T>(read: (run: TransactionRun) => T): T {
    const run = new TransactionRun(this.#services);
    try {
      return read(run);
    } finally {
      run.tx.release();
    }
  }

  async #write<T>(write: (run: TransactionRun) => T): Promise<T> {
    return await runSystemTransaction(this.#services, this.frame, write);
  }
}
