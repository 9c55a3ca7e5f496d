/**
 * How long things take on the simulated platform. Milliseconds throughout.
 *
 * Only a few are published; the others are assumptions, said to be so. Every one can be
 * overridden, and a figure that depends on them is printed with them.
 */

/**
 * A read: `db.get`, the next row of a query, a page. Source: "1.6ms average" in the comment
 * on DATABASE_UDF_SYSTEM_TIMEOUT, crates/common/src/knobs.rs of convex-backend at 94a42c3d.
 */
export const READ_MS = 1.6;

/**
 * Reads of one function that are done together: parallel `get` and `queryStreamNext`.
 * Source: the batching in crates/isolate/src/environment/udf/async_syscall.rs.
 */
export const READS_PER_BATCH_MAX = 16;

/**
 * A write: done one at a time, and kept in memory until the commit. Assumption: the hop
 * between isolate and backend makes up most of a read, and a write pays it too.
 */
export const WRITE_MS = 1.6;

/** Any other syscall that the backend answers (a handle, a schedule). Same assumption. */
export const SYSCALL_MS = 1.6;

/**
 * From the end of a mutation's code until its writes are durable and visible. Assumption: a
 * round trip to the database with a sync to disk, and the committer's batching delay of 1 ms.
 */
export const COMMIT_MS = 8;

/**
 * From a permit to the first line of a function: an isolate is found and the modules are
 * evaluated, as each invocation has a fresh context. Assumption.
 */
export const FUNCTION_START_MS = 4;

/** The same for a call inside a transaction; a fresh context too. Assumption. */
export const NESTED_CALL_MS = 2;

/**
 * What an action's `ctx.run*` costs beyond the called function: out of the isolate, through
 * the runner and back. Assumption.
 */
export const ACTION_CALL_MS = 3;

/**
 * From when a scheduled function is due (or committed, if later) until the scheduler takes
 * it: it waits for a subscription on its queue and then reads it. Assumption.
 */
export const SCHEDULER_PICK_UP_MS = 15;

/**
 * Spread of all delays: the sigma of a lognormal with the given value as its median. 0.4
 * puts the 99th percentile at two and a half times the median. Assumption.
 */
export const LATENCY_SIGMA = 0.4;
