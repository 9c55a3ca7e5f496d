/**
 * What an executor's death means (P8, P9): whether it counts, when its seat restarts, how
 * many suspects the quarantine runs.
 *
 * Owns pure decisions. The texts are the platform's (crates/isolate/src/termination.rs,
 * crates/application/src/scheduled_jobs/mod.rs); they stand at the beginning, while what a
 * user's code threw comes after "Uncaught".
 */
import {
  DEATH_ERROR_BYTES_MAX,
  QUARANTINE_HOT_MAX,
  RESTART_BACKOFF_MS_MAX,
  RESTART_BACKOFF_MS_MIN,
  TAKEOVER_MS,
} from "./constants.js";
import { computeBoundedText } from "./text.js";

/** How a scheduled job stands; null once the platform has forgotten it. */
export type JobState = { kind: string; error?: string } | null;

/** How an incarnation ended; `isCounted` says that work it held may be to blame. */
export type Death = { isCounted: boolean; error: string };

const TRANSIENT = "Transient error while executing action";
const OUT_OF_TIME = "Function execution timed out";
const OUT_OF_MEMORY = "JavaScript execution ran out of memory";

/** Says whether a job can still run: pending is not dead (P8). */
export function isJobAlive(job: JobState): boolean {
  return job?.kind === "pending" || job?.kind === "inProgress";
}

/** Judges the end of an executor whose job is over. */
export function judgeDeath(job: JobState): Death {
  if (job?.kind !== "failed") {
    return {
      isCounted: false,
      error: `The executor's job is ${job?.kind ?? "missing"}.`,
    };
  }
  const { error = "" } = job;
  // A backend that restarts, and an action's limit of time, are nobody's fault.
  const isCounted = !error.startsWith(TRANSIENT) && !error.startsWith(OUT_OF_TIME);
  return { isCounted, error: computeBoundedText(error, DEATH_ERROR_BYTES_MAX) };
}

/** Judges an executor that its seat was taken from: what it runs may never yield. */
export function judgeStale(): Death {
  return {
    isCounted: true,
    error: `The executor gave no sign of life for ${TAKEOVER_MS} ms while its job was in progress.`,
  };
}

/** What a seat remembers of the deaths on it. */
export type DeathCount = { deaths?: number; notBefore?: number; slotsMax?: number };

/**
 * Counts a death on its seat. The first in a row restarts at once; a death by memory also
 * halves the slots, until an operator starts executors again.
 */
export function countDeath(
  before: DeathCount & { slots: number },
  death: Death,
  { hasProgressed, nowMs }: { hasProgressed: boolean; nowMs: number },
): DeathCount {
  if (!death.isCounted) return {};
  const deaths = (hasProgressed ? 0 : (before.deaths ?? 0)) + 1;
  const count: DeathCount = { deaths };
  if (deaths > 1) count.notBefore = nowMs + computeRestartMs(deaths);
  if (death.error.startsWith(OUT_OF_MEMORY))
    count.slotsMax = Math.max(1, Math.floor(before.slots / 2));
  return count;
}

function computeRestartMs(deaths: number): number {
  return Math.min(RESTART_BACKOFF_MS_MAX, RESTART_BACKOFF_MS_MIN * 2 ** (deaths - 2));
}

/** Says until when a seat waits to restart; null if it need not (or its clock was set back). */
export function resolveNotBefore(
  { notBefore }: DeathCount,
  nowMs: number,
): number | null {
  if (notBefore === undefined || notBefore <= nowMs) return null;
  return notBefore - nowMs > RESTART_BACKOFF_MS_MAX ? null : notBefore;
}

/** Computes how many suspects may run at once after so many deaths of the quarantine. */
export function computeSuspectsMax(deaths: number): number {
  return Math.max(1, Math.floor(QUARANTINE_HOT_MAX / 2 ** deaths));
}
