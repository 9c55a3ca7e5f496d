/**
 * How often the platform tries again, and how long it waits before. Source: PLATFORM.md
 * section 2; crates/common/src/knobs.rs of convex-backend at 94a42c3d.
 */
import type { Backoff } from "../concurrency/backoff.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Retries of a mutation that a client or an action called; UDF_EXECUTOR_OCC_MAX_RETRIES. */
export const CLIENT_RETRIES_MAX = 4;
/** UDF_EXECUTOR_OCC_INITIAL_BACKOFF and _MAX_BACKOFF. */
export const CLIENT_BACKOFF: Backoff = { initialMs: 100, maxMs: 2 * SECOND };

/** Attempts of what an action schedules, cancels or stores. */
export const SYSTEM_ATTEMPTS_MAX = 3;
export const SYSTEM_BACKOFF: Backoff = { initialMs: 10, maxMs: 2 * SECOND };

/** A scheduled mutation that conflicts: for ever; SCHEDULER_OCC_INITIAL_BACKOFF. */
export const JOB_CONFLICT_BACKOFF: Backoff = { initialMs: 100, maxMs: MINUTE };
/** A job that met an error of the system; SCHEDULED_JOB_INITIAL_BACKOFF. */
export const JOB_BACKOFF: Backoff = { initialMs: 500, maxMs: 2 * HOUR };
