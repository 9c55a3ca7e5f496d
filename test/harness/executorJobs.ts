/**
 * The scheduler's jobs behind executors.
 *
 * Owns finding the one of an incarnation: its arguments say whose it is.
 */
import type { Convex } from "../../sim/index.js";
import type { EntryArgs } from "../../src/shared/model.js";
import { EXECUTOR } from "./deployment.js";

type Job = { _id: string; args: [EntryArgs]; state: { kind: string } };

/** Ends an executor's action as if its machine had died, or with a message of the platform. */
export function crashExecutor(convex: Convex, self: EntryArgs, message?: string): void {
  const id = findJob(convex, self)?._id;
  const isIts = (_label: string, job: string | null) => job === id;
  if (message === undefined) convex.crash(isIts);
  else convex.kill(isIts, message);
}

/** Whether the scheduler believes that an executor runs. */
export function isInProgress(convex: Convex, self: EntryArgs): boolean {
  return findJob(convex, self)?.state.kind === "inProgress";
}

function findJob(convex: Convex, { executor }: EntryArgs): Job | undefined {
  const jobs = convex.rows<Job>(EXECUTOR, "_scheduled_functions");
  return jobs.find(({ args: [args] }) => args.executor === executor);
}
