/**
 * Scheduled jobs as rows: how they are made, canceled and completed, inside a transaction.
 *
 * Owns the shape of `_scheduled_functions` and the rules of its states; when jobs run is the
 * scheduler's. Sources: PLATFORM.md section 3; crates/model/src/scheduled_jobs/mod.rs.
 */
import { type FunctionPath, fileName } from "./functionPath.js";
import type { Value } from "convex/values";
import { SCHEDULED_FUNCTIONS_TABLE } from "../store/namespace.js";
import type { Namespace, Store, Transaction } from "../store/store.js";
import { userFailure } from "./failure.js";

/** The states of a job as a function sees them. */
export type JobState =
  | { kind: "pending" | "inProgress" | "success" | "canceled" }
  | { kind: "failed"; error: string };

/** A row of `_scheduled_functions`. */
export interface JobRow {
  readonly name: string;
  readonly args: Value[];
  readonly scheduledTime: number;
  readonly completedTime?: number;
  readonly state: JobState;
}

/** A job that a transaction is about to schedule. */
export interface NewJob {
  readonly namespace: Namespace;
  readonly target: FunctionPath;
  readonly args: Value;
  /** Milliseconds. */
  readonly scheduledTime: number;
  /** The job that the scheduling code is part of. */
  readonly parent: { namespace: Namespace; id: string } | null;
}

/** Inserts a job's row; what a canceled job schedules is canceled from the start. */
export function insertJob(tx: Transaction, job: NewJob, now: number): string {
  const parent = job.parent && readJob(tx, job.parent.namespace, job.parent.id);
  const isCanceled = parent?.state.kind === "canceled";
  const row: JobRow = {
    name: fileName(job.target.udfPath),
    args: [job.args],
    scheduledTime: isCanceled ? now : job.scheduledTime,
    state: { kind: isCanceled ? "canceled" : "pending" },
    ...(isCanceled ? { completedTime: now } : {}),
  };
  return tx.insert(
    job.namespace,
    SCHEDULED_FUNCTIONS_TABLE,
    row as unknown as Record<string, Value>,
  ).id;
}

/** A job's row as this transaction sees it; null when it is gone. */
export function readJob(
  tx: Transaction,
  namespace: Namespace,
  id: string,
): JobRow | null {
  return (tx.get(namespace, SCHEDULED_FUNCTIONS_TABLE, id)?.value ??
    null) as JobRow | null;
}

/** Moves a job to another state. */
export function setJobState(
  tx: Transaction,
  namespace: Namespace,
  id: string,
  state: JobState,
  completedTime?: number,
): void {
  const row = readJob(tx, namespace, id);
  if (!row) throw userFailure(`No scheduled job has the ID ${JSON.stringify(id)}.`);
  const { name, args, scheduledTime } = row;
  const fields = { name, args, scheduledTime, state };
  const completed = completedTime === undefined ? {} : { completedTime };
  tx.replace(namespace, SCHEDULED_FUNCTIONS_TABLE, id, {
    ...fields,
    ...completed,
  } as never);
}

/**
 * Cancels a job that has not ended; one that has ended stays as it is, and of one whose row
 * is gone by now nothing is said (`cancel` in crates/model/src/scheduled_jobs/mod.rs at
 * 94a42c3d).
 */
export function cancelJob(
  { ids }: Store,
  tx: Transaction,
  namespace: Namespace,
  id: string,
  now: number,
): void {
  if (ids.tableOf(namespace, id) !== SCHEDULED_FUNCTIONS_TABLE) {
    throw userFailure(
      "Invalid scheduled function ID. " +
        `The ID must be an ID on the '${SCHEDULED_FUNCTIONS_TABLE}' table.`,
    );
  }
  const row = readJob(tx, namespace, id);
  if (row?.state.kind !== "pending" && row?.state.kind !== "inProgress") return;
  setJobState(tx, namespace, id, { kind: "canceled" }, now);
}
