/**
 * Small transactions of the backend itself: what an action schedules, cancels or stores.
 *
 * Owns how often they are tried (PLATFORM.md section 2: `ctx.scheduler.*` from an action).
 */
import { backoffDelay } from "../concurrency/backoff.js";
import { SYSTEM_ATTEMPTS_MAX, SYSTEM_BACKOFF } from "../constants/retries.js";
import { FunctionFailure, goneFailure } from "./failure.js";
import { Frame } from "./frame.js";
import type { Lifetime } from "./lifetime.js";
import type { Services } from "./services.js";
import { TransactionRun } from "./transactionRun.js";

/** Accounts of what the scheduler writes of its own. */
const SCHEDULER_LABEL = "_system/scheduler";

/** Runs `body` in a transaction and commits it, unless its caller ends before. */
export async function runSystemTransaction<T>(
  services: Services,
  caller: Lifetime,
  body: (run: TransactionRun) => T,
): Promise<T> {
  const label = caller instanceof Frame ? caller.label : SCHEDULER_LABEL;
  for (let failures = 0; ; failures += 1) {
    if (caller.isEnded) throw goneFailure();
    const run = new TransactionRun(services);
    try {
      const result = body(run);
      await services.committer.commit(run, label);
      return result;
    } catch (error) {
      const isConflict = error instanceof FunctionFailure && error.kind === "conflict";
      if (!isConflict || failures + 1 >= SYSTEM_ATTEMPTS_MAX) throw error;
    } finally {
      run.tx.release();
    }
    const ms = backoffDelay(SYSTEM_BACKOFF, failures, services.random);
    await new Promise<void>((resolve) => {
      services.clock.after(ms, resolve);
    });
  }
}
