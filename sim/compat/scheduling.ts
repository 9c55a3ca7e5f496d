/**
 * Scheduled functions: one timer each, set with the environment's `setTimeout` so that a
 * suite's faked clock fires it, and one document that tells what became of it.
 */
import { TestAuth } from "./auth.js";
import { callFromPath } from "./calls.js";
import type { FunctionPath, RequestMetadata } from "./contexts.js";
import { auths, nestedLocks, newRequestId, requests } from "./contexts.js";
import type { ComponentDatabase } from "./database.js";
import { currentDeployment } from "./deployment.js";
import { runWithSyscalls } from "../syscalls/abi.js";
import type { Caller } from "./executions.js";
import { runWithEnvironmentGlobals } from "./globals.js";
import { runInComponent } from "./run.js";

export const JOBS_TABLE = "_scheduled_functions";

/** A function that is to run, and the document that stands for it. */
export interface Job {
  readonly database: ComponentDatabase;
  readonly id: string;
  /** Whose job it is; the function may be another component's. */
  readonly componentPath: string;
  readonly path: FunctionPath;
  readonly args: unknown;
  /** As it was named when it was scheduled; undefined for handles and references. */
  readonly name: string | undefined;
}

type JobState = "pending" | "inProgress" | "success" | "failed" | "canceled";

/** Sets the job's timer. The job runs for itself, not inside of whoever schedules it. */
export function startTimer(job: Job, scheduledTimeMs: number): void {
  const deployment = currentDeployment();
  const { scheduler } = deployment;
  const delayMs = Math.max(0, scheduledTimeMs - Date.now());
  nestedLocks.exit(() => {
    scheduler.timerSet();
    runWithEnvironmentGlobals(() => {
      globalThis.setTimeout(() => {
        scheduler.timerFired();
        const execution: Promise<void> = runWithSyscalls(deployment, () =>
          runJob(job),
        ).finally(() => {
          scheduler.ended(execution);
        });
        scheduler.started(execution);
      }, delayMs);
    });
  });
}

async function runJob(job: Job): Promise<void> {
  // A request of its own, of nobody, whoever scheduled it.
  const request: RequestMetadata = {
    ip: null,
    userAgent: null,
    requestId: newRequestId(),
    scheduledFunctionId: job.id,
    authToken: null,
  };
  const caller: Caller = { auth: new TestAuth(), ip: null, userAgent: null };
  await requests.run(request, () => auths.run(caller.auth, () => runJobAs(caller, job)));
}

async function runJobAs(caller: Caller, job: Job): Promise<void> {
  const inTransaction = (fn: () => unknown) =>
    runInComponent(caller, job.componentPath, async () => fn());
  if (!(await inTransaction(() => claim(job)))) return;
  try {
    await callFromPath(caller, job.path, job.args);
  } catch (error) {
    // eslint-disable-next-line no-console -- a suite may watch the console for it
    console.error(`Error when running scheduled function ${job.name}`, error);
    await inTransaction(() => {
      setState(job, "failed", { completedTime: Date.now() });
    });
    return;
  }
  await inTransaction(() => {
    succeed(job);
  });
}

/** Marks a job as running; false when there is nothing to run any more. */
function claim(job: Job): boolean {
  const state = stateOf(job);
  if (state === null || state === "canceled") return false;
  if (state !== "pending") {
    throw new Error(
      "`convexTest` invariant error: Unexpected scheduled function state " +
        `when starting it: ${state}`,
    );
  }
  setState(job, "inProgress");
  return true;
}

function succeed(job: Job): void {
  const state = stateOf(job);
  if (state !== "inProgress") {
    throw new Error(
      "`convexTest` invariant error: Unexpected scheduled function state " +
        `after it finished running: ${state}`,
    );
  }
  setState(job, "success");
}

function stateOf(job: Job): JobState | null {
  const document = job.database.get(JOBS_TABLE, job.id);
  if (document === null) return null;
  return (document.value.state as { kind: JobState }).kind;
}

function setState(job: Job, kind: JobState, fields: Record<string, number> = {}): void {
  job.database.patch(JOBS_TABLE, job.id, { state: { kind }, ...fields });
}
