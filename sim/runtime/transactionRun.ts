/**
 * One attempt at a top-level query or mutation.
 *
 * Owns what all nested calls of the attempt share: the transaction, its budget, its frozen
 * time and its randomness, the jobs that it schedules, and its end. A retry is a new run.
 */
import type { Random } from "../clock/random.js";
import type { Transaction } from "../store/store.js";
import { Usage } from "../usage/usage.js";
import type { Code } from "./code.js";
import type { CreationTimeSeries } from "./creationTimes.js";
import { FunctionFailure } from "./failure.js";
import type { Frame } from "./frame.js";
import type { Scheduled, Services } from "./services.js";

/** A transaction as some of its code sees it: a snapshot query has a view of its own. */
export interface View {
  readonly tx: Transaction;
  readonly usage: Usage;
  /** The nested calls that are under way, the innermost last. */
  readonly nested: object[];
}

export class TransactionRun implements View {
  readonly tx: Transaction;
  readonly usage: Usage;
  readonly nested: object[] = [];
  readonly code: Code;
  readonly random: Random;
  /** Milliseconds; what `Date.now()` says throughout, cut to whole ones. */
  readonly startedAt: number;
  /** The creation times of its documents. */
  readonly created: CreationTimeSeries;
  /** The jobs whose rows this run inserted, by id. */
  readonly scheduled = new Map<string, Scheduled>();
  /** The frame of the function that was called; it ends, all end. */
  root: Frame | null = null;
  #systemMs = 0;
  readonly #systemMsMax: number;

  constructor(services: Services) {
    const { store, clock } = services;
    this.code = services.code;
    this.startedAt = clock.now();
    this.random = services.nextRandom();
    this.created = services.creationTimes.begin(this.startedAt);
    // A query has nothing to conflict with, but its ranges count as well.
    this.tx = store.begin({ creationTime: this.created.next, tracksReads: true });
    this.usage = new Usage({
      limits: services.limits.transaction,
      intervals: () => this.tx.readIntervals,
    });
    this.#systemMsMax = services.limits.systemMs;
  }

  /** Ends the whole attempt: no code of it can catch this. */
  abort(failure: FunctionFailure): void {
    this.root?.end(failure);
  }

  /** Accounts time spent in syscalls; crates/isolate/src/timeout.rs. */
  spend(ms: number): void {
    this.#systemMs += ms;
    if (this.#systemMs <= this.#systemMsMax) return;
    this.abort(
      new FunctionFailure(
        "fatal",
        "Your request timed out performing too many system operations.",
        "SystemTimeoutError",
      ),
    );
  }
}
