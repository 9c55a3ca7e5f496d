/** Limits of running functions that are not those of a transaction. PLATFORM.md section 1. */
import type { DeploymentClass } from "./classes.js";

const MiB = 1_024 * 1_024;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** Depth of calls in calls within a transaction; MAX_REACTOR_CALL_DEPTH. */
export const CALL_DEPTH_MAX = 8;

/** Arguments of a function, and its return value. */
export const FUNCTION_VALUE_BYTES_MAX = 16 * MiB;

/** Milliseconds that an action of the default runtime may take; V8_ACTION_USER_TIMEOUT. */
export const ACTION_MS_MAX = 1_800_000;

/** Milliseconds of syscalls in a transaction; DATABASE_UDF_SYSTEM_TIMEOUT. */
export const SYSTEM_MS_MAX = 15_000;

/** How long the row of a job that ended is kept, and how many are removed at once. */
export const JOB_RETENTION_MS = 7 * DAY_MS;
export const JOBS_COLLECTED_MAX = 1_000;

/** Rows of a query that the platform reads ahead; the next ones cost nothing. */
export const PREFETCH_ROWS = 100;

/** How far a job may be scheduled ahead or back; crates/udf/src/validation.rs. */
export const SCHEDULE_RANGE_MS = 5 * 366 * DAY_MS;

/** The class if none is said: what a new deployment is. */
export const CLASS_DEFAULT: DeploymentClass = "s16";
