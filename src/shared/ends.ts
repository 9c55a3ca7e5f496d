/**
 * How workflows are made to end: by a cancel, or by their timeout (P11).
 *
 * Owns the decisions and the words; pure. The code tells a handler that catches the error
 * why its workflow ends.
 */
import {
  CANCEL_GRACE_MS_MAX,
  WORKFLOW_TIMEOUT_MS_MAX,
  WORKFLOW_TIMEOUT_MS_MIN,
  RETENTION_MS_MAX,
} from "./constants.js";
import { checkRange } from "./ranges.js";

/** Throws `INVALID_OPTIONS` for a timeout, a grace or a retention out of its range. */
export function checkEndLimits(limits: {
  timeoutMs?: number | undefined;
  graceMs?: number | undefined;
  retentionMs?: number | undefined;
}): void {
  const { timeoutMs, graceMs, retentionMs } = limits;
  if (timeoutMs !== undefined) {
    checkRange("timeoutMs", timeoutMs, WORKFLOW_TIMEOUT_MS_MIN, WORKFLOW_TIMEOUT_MS_MAX);
  }
  if (retentionMs !== undefined)
    checkRange("retentionMs", retentionMs, 0, RETENTION_MS_MAX);
  if (graceMs !== undefined) checkRange("graceMs", graceMs, 0, CANCEL_GRACE_MS_MAX);
}
