/**
 * The scheduler: one line of jobs for the whole deployment, and so many slots.
 *
 * Owns when a job starts and what holds a slot; how a job of each kind runs is `jobRuns.ts`.
 * A job that runs holds its slot until it ends, an action for life. A paused deployment
 * starts none. Sources: PLATFORM.md section 3; crates/application/src/scheduled_jobs/mod.rs.
 */
import type { Timer } from "../clock/clock.js";
import { JOB_RETENTION_MS, JOBS_COLLECTED_MAX } from "../constants/runtime.js";
import type { CommittedRow } from "../store/store.js";
import type { FunctionPath } from "./code.js";
import { labelOf } from "./frame.js";
import { JobQueue, type Job } from "./jobQueue.js";
import { JOBS_TABLE, readJob, type JobRow } from "./schedulingRows.js";
import type { Services } from "./services.js";

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
/** Runs a job to its end; never rejects. */
export type RunJob = (job: Job) => Promise<JobEnd>;

export class Scheduler {
  readonly #services: Services;
  readonly #runJob: RunJob;
  readonly #slots: number;
  readonly #queue = new JobQueue();
  readonly #completed: { component: string; id: string; at: number }[] = [];
  #running = 0;
  #learned = 0;
  #peak = 0;
  #isPaused = false;
  #stalledUntil = 0;
  #timer: Timer | null = null;

  constructor(services: Services, slots: number, runJob: RunJob) {
    this.#services = services;
    this.#slots = slots;
    this.#runJob = runJob;
  }

  /** Jobs that wait, jobs that run, and the most that ever ran at once. */
  get load(): SchedulerLoad {
    const { size: waiting } = this.#queue;
    return { waiting, running: this.#running, peak: this.#peak, slots: this.#slots };
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#start();
  }

  /** Starts nothing for a while. */
  stall(ms: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#services.clock.now() + ms);
    this.#start();
  }

  /** Learns of jobs from the rows of a commit. */
  onCommitted(
    rows: readonly CommittedRow[],
    scheduled: ReadonlyMap<string, FunctionPath>,
  ): void {
    for (const row of rows) {
      if (row.table === JOBS_TABLE) this.#learn(row, scheduled.get(row.id));
    }
  }

  #learn({ component, id, before, after }: CommittedRow, target?: FunctionPath): void {
    const row = after?.value as JobRow | undefined;
    const ref = { component, id };
    if (row?.state.kind === "pending") {
      if (before || !target || this.#isLost()) return;
      const dueAt = Math.max(row.scheduledTime, this.#services.clock.now());
      this.#queue.add({ ref, target, dueAt, attempts: 0 });
      this.#services.metrics.scheduled(labelOf(target));
      this.#start();
      return;
    }
    this.#queue.remove(ref);
    if (row?.completedTime !== undefined) this.#keepForAWhile(component, id);
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
    while (!this.#isPaused && this.#running < this.#slots) {
      const job = this.#queue.peek();
      if (!job) return;
      const startAt = Math.max(job.dueAt, this.#stalledUntil);
      if (startAt > clock.now()) {
        this.#timer = clock.at(startAt, () => this.#start());
        return;
      }
      this.#queue.remove(job.ref);
      void this.#run(job);
    }
  }

  async #run(job: Job): Promise<void> {
    const { clock, latency, metrics, trace } = this.#services;
    this.#running += 1;
    this.#peak = Math.max(this.#peak, this.#running);
    metrics.schedulerDelay(labelOf(job.target), clock.now() - job.dueAt);
    // Even without latency a job never runs within the commit that scheduled it.
    await new Promise<void>((resolve) => {
      clock.after(latency.pickUp(), resolve);
    });
    trace.add("job", labelOf(job.target), job.ref.id);
    const end = await this.#runJob(job);
    this.#running -= 1;
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
  #keepForAWhile(component: string, id: string): void {
    const { clock, store } = this.#services;
    const now = clock.now();
    this.#completed.push({ component, id, at: now });
    const head = this.#completed[0]!;
    if (now - head.at < JOB_RETENTION_MS) return;
    const old = this.#completed.findIndex(({ at }) => now - at < JOB_RETENTION_MS);
    const batch = this.#completed.splice(0, Math.min(old, JOBS_COLLECTED_MAX));
    const tx = store.begin({ creationTime: () => now, tracksReads: false });
    for (const job of batch) {
      const namespace = store.namespace(job.component)!;
      if (readJob(tx, namespace, job.id)) tx.remove(namespace, JOBS_TABLE, job.id);
    }
    const commit = store.prepare(tx, BigInt(0));
    if (commit.kind === "prepared") store.publish(commit);
  }
}
