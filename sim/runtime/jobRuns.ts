/**
 * How a scheduled job runs: a mutation exactly once, an action at most once.
 *
 * Owns what is written of a job's life, and which failures are tried again. Sources:
 * PLATFORM.md section 3; crates/application/src/scheduled_jobs/mod.rs (`handle_mutation`,
 * `handle_action`).
 */
import { convexToJson } from "convex/values";
import { backoffDelay } from "../concurrency/backoff.js";
import { JOB_BACKOFF, JOB_CONFLICT_BACKOFF } from "../constants/retries.js";
import type { FunctionCalls } from "./calls.js";
import { isRetriable } from "./calls.js";
import type { CallableFunction } from "./code.js";
import { FunctionFailure, TRANSIENT_MESSAGE } from "./failure.js";
import { labelOf } from "./frame.js";
import type { Job } from "./jobQueue.js";
import type { Lifetime } from "./lifetime.js";
import { findScheduled } from "./refusals.js";
import { openRequest } from "./request.js";
import type { JobEnd } from "./scheduler.js";
import { readJob, setJobState, type JobRow, type JobState } from "./schedulingRows.js";
import type { Call, Services } from "./services.js";
import { runSystemTransaction } from "./systemTransactions.js";

const DONE: JobEnd = { kind: "done" };

/** A change of a job's row, made by one run of it from the state that the row is in. */
interface Step {
  readonly job: Job;
  readonly run: Lifetime;
  readonly from: JobState["kind"];
}

export class JobRuns {
  readonly #services: Services;
  readonly #calls: FunctionCalls;

  constructor(services: Services, calls: FunctionCalls) {
    this.#services = services;
    this.#calls = calls;
  }

  /** Runs a job to its end, or to that of this run of it. */
  async run(job: Job, run: Lifetime): Promise<JobEnd> {
    const row = this.#read(job);
    const state = row?.state.kind;
    if (!row || (state !== "pending" && state !== "inProgress")) return DONE;
    const over = (end: JobState) => this.#complete({ job, run, from: state }, end);
    let fn: CallableFunction;
    try {
      fn = findScheduled(this.#services.code, job.target);
    } catch (error) {
      return await over(failed(error));
    }
    // An action that was begun and never ended: it does not run twice.
    if (state === "inProgress") {
      return await over({ kind: "failed", error: TRANSIENT_MESSAGE });
    }
    const call = this.#call(job, row, run);
    if (fn.kind === "mutation") return await this.#runMutation(job, run, call);
    if (fn.kind === "action") return await this.#runAction(job, run, call);
    const error = `Unsupported function type. ${job.target.udfPath} is a query. Only mutations and actions can be scheduled.`;
    return await over({ kind: "failed", error });
  }

  #read(job: Job): JobRow | null {
    const { store } = this.#services;
    const tx = store.begin({ creationTime: () => 0, tracksReads: false });
    const row = readJob(tx, store.namespace(job.ref.component)!, job.ref.id);
    tx.release();
    return row;
  }

  #call(job: Job, row: JobRow, parent: Lifetime): Call {
    return {
      path: job.target,
      args: JSON.stringify(convexToJson(row.args[0]!)),
      request: openRequest(this.#services.newRequestId(), { job: job.ref }),
      parent,
    };
  }

  /** Success is part of the mutation's own transaction; conflicts are tried again for ever. */
  async #runMutation(job: Job, run: Lifetime, call: Call): Promise<JobEnd> {
    const { store, random, metrics } = this.#services;
    const namespace = store.namespace(job.ref.component)!;
    for (let failures = 0; ; failures += 1) {
      try {
        await this.#calls.mutationOnce(call, {
          before: ({ tx }) => {
            if (readJob(tx, namespace, job.ref.id)?.state.kind !== "pending")
              return false;
            // It sees itself in progress; to all others it stays pending until it is done.
            setJobState(tx, namespace, job.ref.id, { kind: "inProgress" });
            return true;
          },
          after: ({ tx, startedAt }) =>
            setJobState(tx, namespace, job.ref.id, { kind: "success" }, startedAt),
        });
        return DONE;
      } catch (error) {
        if (isRetriable(error)) {
          metrics.retry(labelOf(job.target));
          await this.#calls.wait(backoffDelay(JOB_CONFLICT_BACKOFF, failures, random));
          continue;
        }
        if (isDeterministic(error)) {
          return await this.#complete({ job, run, from: "pending" }, failed(error));
        }
        return { kind: "again", afterMs: this.#backoff(job) };
      }
    }
  }

  /** Marked as begun before it begins: whatever happens then, it does not run again. */
  async #runAction(job: Job, run: Lifetime, call: Call): Promise<JobEnd> {
    const begun: Step = { job, run, from: "inProgress" };
    try {
      const begin: Step = { job, run, from: "pending" };
      if (!(await this.#mark(begin, { kind: "inProgress" }))) return DONE;
      await this.#calls.action(call, { waitsForPermit: true });
    } catch (error) {
      if (isDeterministic(error)) return await this.#complete(begun, failed(error));
      return { kind: "again", afterMs: this.#backoff(job) };
    }
    return await this.#complete(begun, { kind: "success" });
  }

  #backoff(job: Job): number {
    return backoffDelay(JOB_BACKOFF, job.attempts, this.#services.random);
  }

  /** Writes how a job ended, and does not give up: what happened must not be lost. */
  async #complete(step: Step, state: JobState): Promise<JobEnd> {
    for (let failures = 0; ; failures += 1) {
      try {
        await this.#mark(step, state);
        return DONE;
      } catch {
        if (step.run.isEnded) return DONE;
        await this.#calls.wait(
          backoffDelay(JOB_BACKOFF, failures, this.#services.random),
        );
      }
    }
  }

  /** Moves the job's row if it is still in the state `from`. */
  async #mark({ job, run, from }: Step, state: JobState): Promise<boolean> {
    const namespace = this.#services.store.namespace(job.ref.component)!;
    return await runSystemTransaction(this.#services, run, ({ tx, startedAt }) => {
      if (readJob(tx, namespace, job.ref.id)?.state.kind !== from) return false;
      const isOver = state.kind !== "inProgress";
      setJobState(tx, namespace, job.ref.id, state, isOver ? startedAt : undefined);
      return true;
    });
  }
}

/** The function's own fault: it would fail the same way each time. */
export function isDeterministic(error: unknown): boolean {
  return (
    !(error instanceof FunctionFailure) || error.kind === "user" || error.kind === "fatal"
  );
}

function failed(error: unknown): JobState {
  return {
    kind: "failed",
    error: error instanceof Error ? error.message : String(error),
  };
}
