/**
 * What `ctx.scheduler` asks for, from a mutation or an action, inside a transaction.
 *
 * Owns the check of a schedule request; rows are `schedulingRows.ts`.
 */
import { getConvexSize, jsonToConvex, type JSONValue } from "convex/values";
import { SCHEDULE_RANGE_MS } from "../constants/runtime.js";
import type { Namespace, Store } from "../store/store.js";
import { resolveAddress, type Address } from "./addresses.js";
import { userFailure } from "./failure.js";
import type { Frame } from "./frame.js";
import { holdsPlaceholder } from "./placeholders.js";
import { insertJob } from "./schedulingRows.js";
import { requireSchedulable, requireVisible } from "./refusals.js";
import type { Services } from "./services.js";
import type { TransactionRun, View } from "./transactionRun.js";

const MS_PER_SECOND = 1000;

/** A schedule syscall's arguments. */
export interface ScheduleRequest extends Address {
  /** Seconds. */
  readonly ts: number;
  readonly args: JSONValue;
}

/** Schedules a function in the namespace of the component that asks. */
export function schedule(
  services: Services,
  run: TransactionRun,
  view: View,
  frame: Frame,
  request: ScheduleRequest,
): string {
  const { handles, store, clock } = services;
  const address = resolveAddress(request, frame.component, handles);
  requireVisible(run.code, address);
  requireRange(request.ts, run.startedAt);
  requireSchedulable(run.code, address);
  const { path: target } = run.code.function(address);
  if (holdsPlaceholder(JSON.stringify(request.args))) {
    throw userFailure(
      `Invalid arguments for "${target.udfPath}": a scheduled function cannot take an unresolved ` +
        "placeholder value.",
    );
  }
  const args = jsonToConvex(request.args);
  view.usage.recordSchedule(getConvexSize(args));
  const scheduledTime = request.ts * MS_PER_SECOND;
  const id = insertJob(
    view.tx,
    {
      namespace: store.namespace(frame.component)!,
      target,
      args,
      scheduledTime,
      parent: parentOf(store, frame),
    },
    run.startedAt,
  );
  // Never in the past, or the scheduler would look as if it fell behind (`schedule` in
  // crates/model/src/scheduled_jobs/mod.rs at 94a42c3d).
  run.scheduled.set(id, { target, dueAt: Math.max(scheduledTime, clock.now()) });
  return id;
}

/** `validate_schedule_args` in crates/udf/src/validation.rs at 94a42c3d. */
function requireRange(ts: number, now: number): void {
  const ms = ts * MS_PER_SECOND;
  if (Math.abs(ms - now) <= SCHEDULE_RANGE_MS) return;
  const way = ms > now ? "in the future" : "in the past";
  throw userFailure(`UnixTimestamp(${showSeconds(ts)}s) is more than 5 years ${way}`);
}

/** As Rust shows a duration: nanoseconds without the zeros at the end. */
function showSeconds(ts: number): string {
  return ts.toFixed(9).replace(/\.?0+$/, "");
}

/** The job that a frame is part of, with the namespace in which its row lives. */
function parentOf(
  store: Store,
  frame: Frame,
): { namespace: Namespace; id: string } | null {
  const { job } = frame.request;
  return job && { namespace: store.namespace(job.component)!, id: job.id };
}
