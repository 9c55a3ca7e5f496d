/**
 * The transaction of a deployment: there is one at a time, and whoever wants the next waits.
 *
 * Owns the one lock, the stack of nested transactions and the clock of commits. Every
 * component takes part in each transaction. What runs outside of functions, or in an action
 * while some mutation is open, sees that mutation's pending writes, as in convex-test.
 */
import type { Store } from "../store/store.js";
import type { Transaction } from "../store/transaction.js";
import { convexTestDatabase } from "../database/session.js";
import { Usage, type TransactionLimits as UsageLimits } from "../usage/usage.js";

/** Limits of a transaction or a nested call; what is left out stays as it is. */
export type TransactionLimits = Partial<UsageLimits>;

/** Whether a suite wants limits enforced, and which are not the platform's. */
export type LimitsConfig = TransactionLimits | boolean;

const NANOSECONDS_PER_MS = 1_000_000n;

export class Transactions {
  private open: Transaction | null = null;
  /** Committed state, while a snapshot query runs inside of a mutation. */
  private snapshot: Transaction | null = null;
  private ended: Promise<void> | null = null;
  private wakeWaiters: () => void = () => undefined;
  private usage: Usage | null = null;
  private lastCommitTs = 0n;
  private creationTime: () => number = Date.now;

  constructor(
    private readonly store: Store,
    private readonly limits: LimitsConfig,
  ) {}

  async begin(isNested: boolean, limits: TransactionLimits | undefined): Promise<void> {
    if (!isNested) {
      // All who wait are woken at once, so each looks again.
      while (this.ended !== null) await this.ended;
      this.ended = new Promise((resolve) => {
        this.wakeWaiters = resolve;
      });
      this.usage = this.createUsage();
      this.open = this.beginInStore();
    } else {
      this.layered()?.beginNested();
      this.usage?.beginNested(limits);
    }
  }

  /** The timestamp of the commit; null for a nested one, which is pending as before. */
  commit(isNested: boolean): bigint | null {
    const transaction = this.requireOpen();
    if (isNested) {
      this.layered()?.commitNested();
      this.usage?.commitNested();
      return null;
    }
    const commitTs = this.nextCommitTs();
    const prepared = this.store.prepare(transaction, commitTs);
    if (prepared.kind === "conflict")
      throw new Error("invariant: one transaction at a time");
    this.store.publish(prepared);
    this.end(transaction);
    return commitTs;
  }

  rollback(isNested: boolean): void {
    const transaction = this.requireOpen();
    if (!isNested) {
      this.end(transaction);
      return;
    }
    this.layered()?.rollbackNested();
    this.usage?.rollbackNested();
  }

  /** From here until the returned function is called, reads see none of the pending writes. */
  hidePendingWrites(): () => void {
    const outer = this.snapshot;
    this.snapshot ??= this.open?.snapshotView() ?? null;
    return () => {
      this.snapshot = outer;
    };
  }

  isOpen(): boolean {
    return this.ended !== null;
  }

  /** What the open transaction has used; null when there is none. */
  currentUsage(): Usage | null {
    return this.usage;
  }

  /** The last commit that the open transaction can see. */
  snapshotTs(): bigint {
    if (!this.isOpen()) {
      throw new Error("getSnapshotTs() can only be called from a query or mutation.");
    }
    return this.lastCommitTs;
  }

  /** Reads what is visible now, whether or not a transaction is open. */
  read<T>(fn: (transaction: Transaction) => T): T {
    const visible = this.snapshot ?? this.open;
    if (visible !== null) return fn(visible);
    const transaction = this.beginInStore();
    try {
      return fn(transaction);
    } finally {
      transaction.release();
    }
  }

  /** Runs an insert into a component, whose clock gives the creation time. */
  withCreationTime<T>(clock: () => number, insert: () => T): T {
    this.creationTime = clock;
    return insert();
  }

  /** Where writes go; null outside of transactions. */
  writable(): Transaction | null {
    return this.open;
  }

  private createUsage(): Usage {
    const rules = convexTestDatabase.usageRules;
    if (typeof this.limits === "boolean")
      return new Usage({ rules, enforces: this.limits });
    return new Usage({ rules, limits: this.limits });
  }

  private beginInStore(): Transaction {
    return this.store.begin({
      creationTime: () => this.creationTime(),
      tracksReads: false,
    });
  }

  /** What nested transactions stack upon: nothing beneath a snapshot, which has no writes. */
  private layered(): Transaction | null {
    return this.snapshot === null ? this.open : null;
  }

  private requireOpen(): Transaction {
    if (this.open === null)
      throw new Error("Transaction already committed or rolled back");
    return this.open;
  }

  private nextCommitTs(): bigint {
    const now = BigInt(Date.now()) * NANOSECONDS_PER_MS;
    // The clock may stand still or go back: suites fake it.
    this.lastCommitTs = now > this.lastCommitTs ? now : this.lastCommitTs + 1n;
    return this.lastCommitTs;
  }

  private end(transaction: Transaction): void {
    transaction.release();
    this.open = null;
    this.usage = null;
    this.ended = null;
    this.wakeWaiters();
  }
}
