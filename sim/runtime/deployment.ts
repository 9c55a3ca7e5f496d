/**
 * A deployment as tests and programs use it.
 *
 * Owns the outside beside calls (`client.ts`): a look at tables, the clock, and what an
 * operator can do to a deployment.
 */
import type { UserIdentity } from "convex/server";
import type { Value } from "convex/values";
import type { Clock } from "../clock/clock.js";
import type { FaultPlan } from "../faults/faults.js";
import { digestDocuments, type DurableDocument } from "../observe/digest.js";
import type { Metrics } from "../observe/metrics.js";
import type { Trace } from "../observe/trace.js";
import type { Store } from "../store/store.js";
import { KEY_MAX } from "../values/keys.js";
import type { Parts } from "./assembly.js";
import type { PermitsByKind } from "./calls.js";
import { Client, type RequestOptions } from "./client.js";
import { Code, listSources, type Deployable } from "./code.js";
import { crashFailure, FunctionFailure, goneFailure } from "./failure.js";
import type { Frame } from "./frame.js";
import type { SchedulerLoad } from "./scheduler.js";
import type { CommitListener } from "./services.js";

export class Convex extends Client {
  readonly #parts: Parts;
  readonly #request: RequestOptions;

  constructor(parts: Parts, request: RequestOptions = {}) {
    super(parts, request);
    this.#parts = parts;
    this.#request = request;
  }

  /** The same deployment, called by somebody. */
  withIdentity(identity: Partial<UserIdentity>): Convex {
    return this.withRequest({ identity });
  }

  /** The same deployment, called with these fields of a request. */
  withRequest(options: RequestOptions): Convex {
    return new Convex(this.#parts, { ...this.#request, ...options });
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
  get metrics(): Metrics {
    return this.#parts.services.metrics;
  }

  /** What happened so far. */
  get trace(): Trace {
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
  get scheduler(): SchedulerLoad {
    return this.#parts.scheduler.load;
  }

  /** Permits in use, by kind of function. */
  get permits(): PermitsByKind {
    return this.#parts.permits;
  }

  // ── Time ────────────────────────────────────────────────────────────────────

  /** Milliseconds. */
  now(): number {
    return this.#parts.services.clock.now();
  }

  /** Lets time pass until nothing is left to do. */
  async runUntilIdle(): Promise<void> {
    const { clock, live } = this.#parts.services;
    do await clock.drive();
    while (live.endStuck());
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
    this.#parts.crons?.setPaused(isPaused);
  }

  /** The scheduler starts nothing for some milliseconds. */
  stallScheduler(ms: number): void {
    this.#parts.scheduler.stall(ms);
  }

  /** Sets the time of day ahead, or back. */
  jumpClock(ms: number): void {
    this.clock.jump(ms);
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
    const { services, committer, scheduler, crons } = this.#parts;
    services.trace.add("restart", "backend");
    committer.restart(() => services.faults.survivesRestart());
    for (const frame of services.live.list()) endAsCrashed(frame);
    scheduler.restart();
    crons?.restart();
  }

  /**
   * Ends running functions as if their machines had died: those of a label, or of a job of
   * the scheduler. Returns how many.
   */
  crash(matches: FrameTest): number {
    const frames = this.#frames(matches);
    for (const frame of frames) endAsCrashed(frame);
    return frames.length;
  }

  /**
   * Ends running functions as the platform ends those that go beyond a limit which is not
   * modelled, as memory: uncatchably, with its message. Returns how many.
   */
  kill(matches: FrameTest, message: string): number {
    const frames = this.#frames(matches);
    for (const frame of frames) frame.end(new FunctionFailure("fatal", message));
    return frames.length;
  }

  #frames(matches: FrameTest): Frame[] {
    return this.#parts.services.live
      .list()
      .filter(({ label, request }) => matches(label, request.job?.id ?? null));
  }
}

/** Which running functions: by label, and by the job of the scheduler that each belongs to. */
type FrameTest = (label: string, job: string | null) => boolean;

/** A transaction that went away says nothing of actions. */
function endAsCrashed(frame: Frame): void {
  frame.end(frame.fn.kind === "action" ? crashFailure() : goneFailure());
}

/** The whole of a table. */
const ALL = { start: "", end: KEY_MAX };

function* documentsOf(store: Store): Iterable<DurableDocument> {
  for (const { component, table, document } of store.documents()) {
    yield { component, table, id: document.id, json: document.json };
  }
}
