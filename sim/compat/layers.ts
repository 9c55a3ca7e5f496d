/**
 * The pending writes of a deployment: a stack of layers over what is committed, all of them
 * in one transaction of the store.
 *
 * Owns that transaction. Layers have no owners: whoever ends takes off the topmost one. A
 * nested mutation that nobody waited for may begin when its caller has ended, and then is
 * committed with the last layer, as in convex-test.
 */
import type { Store } from "../store/store.js";
import type { Transaction } from "../store/transaction.js";

export class Layers {
  private open: Transaction | null = null;
  private depth = 0;
  /** Committed state, while a snapshot query runs inside of a mutation. */
  private snapshot: Transaction | null = null;
  private creationTime: () => number = Date.now;

  constructor(private readonly store: Store) {}

  push(): void {
    // Beneath a snapshot there is nothing to stack upon, and no query that it runs writes.
    if (this.snapshot !== null) return;
    this.depth += 1;
    if (this.open === null) this.open = this.begin();
    else this.open.beginNested();
  }

  /** Adds the topmost layer to the one beneath; commits the last at this time, in ns. */
  merge(now: bigint): void {
    if (this.snapshot !== null) return;
    const transaction = this.pop();
    if (this.depth > 0) {
      transaction.commitNested();
      return;
    }
    this.open = null;
    const prepared = this.store.prepare(transaction, now);
    if (prepared.kind === "conflict")
      throw new Error("invariant: one transaction at a time");
    this.store.publish(prepared);
    transaction.release();
  }

  /** Takes the topmost layer away, with its writes. */
  drop(): void {
    if (this.snapshot !== null) return;
    const transaction = this.pop();
    if (this.depth > 0) {
      transaction.rollbackNested();
      return;
    }
    this.open = null;
    transaction.release();
  }

  /** From here until the returned function is called, reads see none of the pending writes. */
  hide(): () => void {
    const outer = this.snapshot;
    this.snapshot ??= this.open?.snapshotView() ?? null;
    return () => {
      this.snapshot = outer;
    };
  }

  /** Reads what is visible now, whether or not there are layers. */
  read<T>(fn: (transaction: Transaction) => T): T {
    const visible = this.snapshot ?? this.open;
    if (visible !== null) return fn(visible);
    const transaction = this.begin();
    try {
      return fn(transaction);
    } finally {
      transaction.release();
    }
  }

  /** Where writes go; null where nothing can be written. */
  writable(): Transaction | null {
    return this.open;
  }

  /** Runs an insert into a component, whose clock gives the creation time. */
  withCreationTime<T>(clock: () => number, insert: () => T): T {
    this.creationTime = clock;
    return insert();
  }

  private pop(): Transaction {
    if (this.open === null) {
      throw new Error("Transaction already committed or rolled back");
    }
    this.depth -= 1;
    return this.open;
  }

  private begin(): Transaction {
    return this.store.begin({
      creationTime: () => this.creationTime(),
      tracksReads: false,
    });
  }
}
