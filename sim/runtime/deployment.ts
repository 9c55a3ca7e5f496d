/**
 * A deployment as tests and programs use it.
 *
 * Owns the outside: calls by clients, a look at tables, the clock, and what an operator can
 * do to a deployment. All of it is admin: internal functions and components' functions may
 * be called too.
 */
import {
  getFunctionAddress,
  mutationGeneric,
  type AnyDataModel,
  type FunctionArgs,
  type FunctionReference,
  type FunctionReturnType,
  type FunctionVisibility,
  type GenericMutationCtx,
  type UserIdentity,
} from "convex/server";
import { convexToJson, jsonToConvex, type JSONValue, type Value } from "convex/values";
import type { Clock } from "../clock/clock.js";
import { VirtualClock } from "../clock/virtualClock.js";
import type { FaultPlan } from "../faults/faults.js";
import { digestDocuments, type DurableDocument } from "../observe/digest.js";
import type { Store } from "../store/store.js";
import { KEY_MAX } from "../values/keys.js";
import { resolveAddress, type Address } from "./addresses.js";
import type { Parts } from "./assembly.js";
import {
  Code,
  listSources,
  type CallableFunction,
  type Deployable,
  type FunctionKind,
} from "./code.js";
import { crashFailure, FunctionFailure } from "./failure.js";
import { answerRequest } from "./httpActions.js";
import { openRequest, type RequestContext } from "./request.js";
import { toCallerError } from "./callerError.js";
import type { Call, CommitListener } from "./services.js";

type AnyReference<Kind extends FunctionKind> = FunctionReference<
  Kind,
  FunctionVisibility
>;
/** Without arguments for a function that takes none. */
type ArgsOf<Ref extends AnyReference<any>> = [args?: FunctionArgs<Ref>];

/** What a call comes with. */
export type RequestOptions = Partial<
  Pick<RequestContext, "identity" | "ip" | "userAgent" | "authToken">
>;

export class Convex {
  readonly #parts: Parts;
  readonly #request: RequestOptions;

  constructor(parts: Parts, request: RequestOptions = {}) {
    this.#parts = parts;
    this.#request = request;
  }

  // ── Functions ───────────────────────────────────────────────────────────────

  /** Calls a query. Rejects with an error as a client sees it. */
  async query<Ref extends AnyReference<"query">>(
    reference: Ref,
    ...[args]: ArgsOf<Ref>
  ): Promise<FunctionReturnType<Ref>> {
    return (await this.#call("query", reference, args)) as FunctionReturnType<Ref>;
  }

  /** Calls a mutation; tried again on conflicts as the platform does for clients. */
  async mutation<Ref extends AnyReference<"mutation">>(
    reference: Ref,
    ...[args]: ArgsOf<Ref>
  ): Promise<FunctionReturnType<Ref>> {
    return (await this.#call("mutation", reference, args)) as FunctionReturnType<Ref>;
  }

  /** Calls an action. */
  async action<Ref extends AnyReference<"action">>(
    reference: Ref,
    ...[args]: ArgsOf<Ref>
  ): Promise<FunctionReturnType<Ref>> {
    return (await this.#call("action", reference, args)) as FunctionReturnType<Ref>;
  }

  /** The same deployment, called by somebody. */
  withIdentity(identity: Partial<UserIdentity>): Convex {
    return this.withRequest({ identity });
  }

  /** The same deployment, called with these fields of a request. */
  withRequest(options: RequestOptions): Convex {
    return new Convex(this.#parts, { ...this.#request, ...options });
  }

  /** Runs code as a mutation of a component ("" is the app). Its result need not be a value. */
  async run<T>(
    component: string,
    handler: (ctx: GenericMutationCtx<AnyDataModel>) => Promise<T>,
  ): Promise<T> {
    let result!: T;
    const registered = mutationGeneric(async (ctx) => {
      result = await handler(ctx as GenericMutationCtx<AnyDataModel>);
      return null;
    });
    const fn: CallableFunction = {
      path: { component, udfPath: "inline:run" },
      kind: "mutation",
      visibility: "internal",
      args: { type: "any" },
      returns: null,
      registered: registered as unknown as CallableFunction["registered"],
    };
    await this.#finish(this.#parts.calls.mutation(this.#open(fn.path, {}, fn)), fn.path);
    return result;
  }

  /** Sends a request to the app's HTTP actions. */
  async fetch(path: string, init?: RequestInit): Promise<Response> {
    const { services, calls } = this.#parts;
    const request = openRequest(services.newRequestId(), this.#request);
    const answer = answerRequest(services, calls, request, path, init);
    await services.clock.drive({ until: answer });
    return await answer;
  }

  async #call(
    kind: FunctionKind,
    reference: AnyReference<any>,
    args: object = {},
  ): Promise<Value> {
    const { handles } = this.#parts.services;
    const path = resolveAddress(getFunctionAddress(reference) as Address, "", handles);
    const call = this.#open(path, args);
    return jsonToConvex(
      JSON.parse(await this.#finish(this.#parts.calls[kind](call), path)) as JSONValue,
    );
  }

  #open(path: Call["path"], args: object, fn?: CallableFunction): Call {
    const request = openRequest(this.#parts.services.newRequestId(), this.#request);
    return { path, args: JSON.stringify(convexToJson(args as Value)), request, fn };
  }

  /** Lets time pass until a call has returned. */
  async #finish(call: Promise<string>, path: Call["path"]): Promise<string> {
    let isSettled = false;
    const settled = call.finally(() => {
      isSettled = true;
    });
    // It rejects below; here it is only waited for.
    settled.catch(() => undefined);
    await this.#parts.services.clock.drive({ until: settled });
    if (!isSettled) {
      throw new Error(`${path.udfPath} has not returned, and nothing more will happen.`);
    }
    try {
      return await call;
    } catch (error) {
      throw toCallerError(error);
    }
  }

  // ── A look inside ───────────────────────────────────────────────────────────

  /** All rows of a component's table, as they are committed. Counts as nothing. */
  rows<T = Record<string, Value>>(component: string, table: string): T[] {
    const { store } = this.#parts.services;
    const namespace = store.namespace(component);
    if (!namespace) throw new Error(`No component is deployed at "${component}".`);
    const found = namespace.findTable(table);
    if (!found) return [];
    const tx = store.begin({ creationTime: () => 0, tracksReads: false });
    const scan = tx.scan(namespace, table, "by_creation_time", ALL, "asc");
    const rows: T[] = [];
    for (let row = scan.next(); row; row = scan.next()) rows.push(row.value as T);
    tx.release();
    return rows;
  }

  /** What was counted so far. */
  get metrics() {
    return this.#parts.services.metrics;
  }

  /** What happened so far. */
  get trace() {
    return this.#parts.services.trace;
  }

  /** A digest of all that is durable: the same for the same history. */
  digest(): string {
    return digestDocuments(documentsOf(this.#parts.services.store));
  }

  /** Calls a hook after each commit, with the rows that it touched. Returns how to stop. */
  onCommit(listener: CommitListener): () => void {
    const { listeners } = this.#parts;
    listeners.push(listener);
    return () => {
      listeners.splice(listeners.indexOf(listener), 1);
    };
  }

  /** Jobs that wait and run. */
  get scheduler() {
    return this.#parts.scheduler.load;
  }

  /** Permits in use, by kind of function. */
  get permits() {
    return this.#parts.permits;
  }

  // ── Time ────────────────────────────────────────────────────────────────────

  /** Milliseconds. */
  now(): number {
    return this.#parts.services.clock.now();
  }

  /** Lets time pass until nothing is left to do. */
  async runUntilIdle(): Promise<void> {
    await this.#parts.services.clock.drive();
  }

  /** Lets some milliseconds pass. */
  async runFor(ms: number): Promise<void> {
    await this.#parts.services.clock.drive({ to: this.now() + ms });
  }

  /** Lets time pass until a condition holds; false if nothing more will happen. */
  async runUntil(condition: () => boolean): Promise<boolean> {
    return (await this.#parts.services.clock.drive({ until: condition })) === "until";
  }

  // ── Operators ───────────────────────────────────────────────────────────────

  /** Deploys other code. Functions that run keep theirs; what they call is the new one. */
  async deploy(deployable: Deployable): Promise<void> {
    const release = this.#parts.services.clock.hold();
    try {
      this.#parts.deploy(await Code.load(listSources(deployable)));
    } finally {
      release();
    }
  }

  /** A paused deployment starts no scheduled functions. */
  setPaused(isPaused: boolean): void {
    this.#parts.scheduler.setPaused(isPaused);
  }

  /** The scheduler starts nothing for some milliseconds. */
  stallScheduler(ms: number): void {
    this.#parts.scheduler.stall(ms);
  }

  /** Sets the time of day ahead, or back; a real clock cannot be set. */
  jumpClock(ms: number): void {
    const { clock } = this.#parts.services;
    if (!(clock instanceof VirtualClock)) throw new Error("A real clock cannot be set.");
    clock.jump(ms);
  }

  /** The clock that drives this deployment. */
  get clock(): Clock {
    return this.#parts.services.clock;
  }

  /** What goes wrong, and what has. */
  get faults(): FaultPlan {
    return this.#parts.services.faults;
  }

  /**
   * The backend ends and starts again: all that runs is gone, what was being committed is
   * there or not, jobs that wait go on.
   */
  restart(): void {
    const { services, committer } = this.#parts;
    services.trace.add("restart", "backend");
    committer.restart(() => services.faults.survivesRestart());
    services.live.endAll(crashFailure());
  }

  /**
   * Ends running functions as if their machines had died: those of a label, or of a job of
   * the scheduler. Returns how many.
   */
  crash(matches: (label: string, job: string | null) => boolean): number {
    const frames = this.#parts.services.live
      .list()
      .filter(({ label, request }) => matches(label, request.job?.id ?? null));
    for (const frame of frames) frame.end(crashFailure());
    return frames.length;
  }
}

/** The whole of a table. */
const ALL = { start: "", end: KEY_MAX };

function* documentsOf(store: Store): Iterable<DurableDocument> {
  for (const { component, table, document } of store.documents()) {
    yield { component, table, id: document.id, json: document.json };
  }
}
