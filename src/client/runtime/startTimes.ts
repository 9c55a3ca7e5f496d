/**
 * When a step starts: at once, after a while, or at a time (D5).
 *
 * Owns the checking of these options, and their meaning at the time of the call. Pure.
 */
import { SLEEP_MS_MAX } from "../../shared/constants.js";
import { executorError } from "../../shared/errors.js";
import { checkRange } from "../../shared/ranges.js";

/** When a step starts, as it was asked for. */
export type StartTime = { afterMs: number } | { atMs: number };

/** Reads a step's start out of its options; undefined if it starts at once. */
export function resolveStartTime(
  name: string,
  { runAt, runAfter }: { runAt?: number; runAfter?: number },
): StartTime | undefined {
  if (runAt !== undefined && runAfter !== undefined) {
    throw executorError(
      "INVALID_OPTIONS",
      `Step "${name}" got both runAt and runAfter; give one of them.`,
      { option: "runAt" },
    );
  }
  if (runAfter !== undefined) {
    checkRange("runAfter", runAfter, 0, SLEEP_MS_MAX);
    return { afterMs: runAfter };
  }
  if (runAt === undefined) return undefined;
  checkTime("runAt", runAt);
  return { atMs: runAt };
}

/** Checks a time given in milliseconds since 1970; one in the past means at once. */
export function checkTime(option: string, atMs: number): void {
  if (typeof atMs === "number" && Number.isFinite(atMs)) return;
  throw executorError(
    "INVALID_OPTIONS",
    `${option} is ${String(atMs)}; it must be a time in milliseconds since 1970, such as Date.now() + 60_000.`,
    { option, actual: String(atMs) },
  );
}

/** Computes when a step that is asked for at `nowMs` is due; undefined if that is now. */
export function computeDueAt(
  start: StartTime | undefined,
  nowMs: number,
): number | undefined {
  if (!start) return undefined;
  if ("afterMs" in start) return nowMs + start.afterMs;
  if (start.atMs - nowMs <= SLEEP_MS_MAX) return start.atMs;
  throw executorError(
    "INVALID_OPTIONS",
    `A step is to start at ${start.atMs}, ${start.atMs - nowMs} ms from now; at most ${SLEEP_MS_MAX} ms are possible. Is the time in milliseconds?`,
    { actual: start.atMs - nowMs, limit: SLEEP_MS_MAX },
  );
}
