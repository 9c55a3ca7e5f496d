/**
 * The scheduler: one line of jobs for the whole deployment, and so many slots.
 *
 * Owns when a job starts and what holds a slot; how a job of each kind runs is `jobRuns.ts`.
 * A job that runs holds its slot until it ends, an action for life. A paused deployment
 * starts none. Sources: PLATFORM.md section 3; crates/application/src/scheduled_jobs/mod.rs.
 */
import type { Timer } from "../clock/clock.js";
import { JOB_RETENTION_MS, JOBS_COLLECTED_MAX } from "../constants/runtime.js";
import { SCHEDULED_FUNCTIONS_TABLE } from "../store/namespace.js";
import type { CommittedRow } from "../store/store.js";
import { crashFailure } from "./failure.js";
import { labelOf } from "./frame.js";
import { JobQueue, type Job } from "./jobQueue.js";
import { Lifetime } from "./lifetime.js";
import { readJob, type JobRow } from "./schedulingRows.js";
import type { Scheduled, Services } from "./services.js";

/** How busy the scheduler is. */
export interface SchedulerLoad {
  readonly waiting: number;
  readonly running: number;
  /** The most that ever ran at once. */
  readonly peak: number;
  readonly slots: number;
}

/** How a job that was started ends: done, or to be tried again by a later start. */
export type JobEnd = { kind: "done" } | { kind: "again"; afterMs: number };
/** Runs a job to its end, or until its run is over because the backend is; never rejects. */
export type RunJob = (job: Job, run: Lifetime) => Promise<JobEnd>;

export class Scheduler {
  readonly #services: Services;
  readonly #runJob: RunJob;
  readonly #slots: number;
  readonly #queue = new JobQueue();
  readonly #completed: { component: string; id: string; at: number }[] = [];
  /** What runs, each with a slot. */
  readonly #running = new Map<Lifetime, Job>();
  #learned = 0;
  #peak = 0;
  #isPaused = false;
  /** Stalls that go on. */
  #stalls = 0;
  #timer: Timer | null = null;

  constructor(services: Services, slots: number, runJob: RunJob) {
    this.#services = services;
    this.#slots = slots;
    this.#runJob = runJob;
  }

  /** Jobs that wait, jobs that run, and the most that ever ran at once. */
  get load(): SchedulerLoad {
    const { size: waiting } = this.#queue;
    return { waiting, running: this.#running.size, peak: this.#peak, slots: this.#slots };
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#start();
  }

  /** Starts nothing for a while: so long, whatever the time of day says meanwhile. */
  stall(ms: number): void {
    this.#stalls += 1;
    this.#services.clock.after(ms, () => {
      this.#stalls -= 1;
      this.#start();
    });
    this.#start();
  }

  /** The backend starts again: of what it was running it knows no more than the rows say. */
  restart(): void {
    const jobs = [...this.#running];
    this.#running.clear();
    for (const [run, job] of jobs) {
      run.end(crashFailure());
      this.#queue.add({ ...job, attempts: 0 });
    }
    this.#start();
  }

  /** Learns of jobs from the rows of a commit. */
  onCommitted(
    rows: readonly CommittedRow[],
    scheduled: ReadonlyMap<string, Scheduled>,
  ): void {
    for (const row of rows) {
      if (row.table === SCHEDULED_FUNCTIONS_TABLE)
        this.#learn(row, scheduled.get(row.id));
    }
    if (this.#completed.length > 0) this.#collect();
  }

  #learn({ component, id, before, after }: CommittedRow, job?: Scheduled): void {
    const row = after?.value as JobRow | undefined;
    const ref = { component, id };
    if (row?.state.kind === "pending") {
      if (before || !job || this.#isLost()) return;
      this.#queue.add({ ref, ...job, attempts: 0 });
      this.#services.metrics.scheduled(labelOf(job.target));
      this.#start();
      return;
    }
    this.#queue.remove(ref);
    if (row?.completedTime === undefined) return;
    this.#completed.push({ component, id, at: this.#services.clock.now() });
  }

  /** A deliberate mistake, for tests of tests. */
  #isLost(): boolean {
    this.#learned += 1;
    return this.#learned % (this.#services.canaries.losesJobEvery ?? Infinity) === 0;
  }

  /** Starts what is due, as far as slots are free, and sets the timer for the next. */
  #start(): void {
    const { clock } = this.#services;
    if (this.#timer) clock.cancel(this.#timer);
    this.#timer = null;
    while (!this.#isPaused && this.#stalls === 0 && this.#running.size < this.#slots) {
      const job = this.#queue.peek();
      if (!job) return;
      if (job.dueAt > clock.now()) {
        this.#timer = clock.at(job.dueAt, () => this.#start());
        return;
      }
      this.#queue.remove(job.ref);
      void this.#run(job);
    }
  }

  async #run(job: Job): Promise<void> {
    const { clock, latency, metrics, trace } = this.#services;
    const run = new Lifetime();
    this.#running.set(run, job);
    this.#peak = Math.max(this.#peak, this.#running.size);
    metrics.schedulerDelay(labelOf(job.target), clock.now() - job.dueAt);
    // Even without latency a job never runs within the commit that scheduled it.
    await new Promise<void>((resolve) => {
      clock.after(latency.pickUp(), resolve);
    });
    if (run.isEnded) return;
    trace.add("job", labelOf(job.target), job.ref.id);
    const end = await this.#runJob(job, run);
    if (run.isEnded) return;
    run.end();
    this.#running.delete(run);
    if (end.kind === "again") {
      this.#queue.add({
        ...job,
        dueAt: clock.now() + end.afterMs,
        attempts: job.attempts + 1,
      });
    }
    this.#start();
  }

  /** Rows of jobs that ended are kept for days, then removed in batches. */
  #collect(): void {
    const { clock, store } = this.#services;
    const before = clock.now() - JOB_RETENTION_MS;
    if (!(this.#completed[0]!.at <= before)) return;
    const young = this.#completed.findIndex(({ at }) => at > before);
    const old = young === -1 ? this.#completed.length : young;
    const batch = this.#completed.splice(0, Math.min(old, JOBS_COLLECTED_MAX));
    const tx = store.begin({ creationTime: () => 0, tracksReads: false });
    for (const job of batch) {
      const namespace = store.namespace(job.component)!;
      if (readJob(tx, namespace, job.id))
        tx.remove(namespace, SCHEDULED_FUNCTIONS_TABLE, job.id);
    }
    const commit = store.prepare(tx, 0n);
    if (commit.kind === "conflict") return;
    this.#services.onCommitted(store.publish(commit), new Map(), commit.ts);
  }
}
