/**
 * Commits that a running transaction may conflict with: published since the oldest live
 * snapshot, or still pending.
 *
 * Invariants:
 * C1. Pending commits have ascending timestamps, all above those published.
 * C2. A pending commit conflicts as a published one does: nobody who could not see it may
 *     commit after it what was read without it.
 */
import type { Conflict } from "./commit.js";
import type { Commit } from "./preparedCommit.js";
import type { Transaction } from "./transaction.js";

export class CommitLog {
  readonly #pending: Commit[] = [];
  /** Ascending by number. */
  readonly #published: { readonly number: number; readonly commit: Commit }[] = [];

  /** Published commits that are kept. */
  get length(): number {
    return this.#published.length;
  }

  get pending(): number {
    return this.#pending.length;
  }

  addPending(commit: Commit): void {
    this.#pending.push(commit);
  }

  removePending(commit: Commit): void {
    const index = this.#pending.indexOf(commit);
    if (index >= 0) {
      this.#pending.splice(index, 1);
    }
  }

  /** The oldest pending commit, once it is ready. */
  takeReady(): Commit | undefined {
    return this.#pending[0]?.state === "ready" ? this.#pending.shift() : undefined;
  }

  addPublished(number: number, commit: Commit): void {
    this.#published.push({ number, commit });
  }

  /** Drops what every live snapshot sees. */
  prune(oldest: number | null): void {
    const log = this.#published;
    if (oldest === null) {
      log.length = 0;
    } else if (log.length > 0 && log[0]!.number <= oldest) {
      log.splice(0, this.#countUpTo(oldest));
    }
  }

  findConflict(transaction: Transaction): Conflict | null {
    const deploy = findDeploy(transaction);
    if (deploy !== null) {
      return deploy;
    }
    const { accesses } = transaction;
    for (let index = this.#countUpTo(transaction.beginCommit); ; index++) {
      const entry = this.#published[index];
      if (entry === undefined) {
        break;
      }
      const conflict = findConflictWith(accesses, entry.commit);
      if (conflict !== null) {
        return conflict;
      }
    }
    for (const commit of this.#pending) {
      const conflict = findConflictWith(accesses, commit);
      if (conflict !== null) {
        return conflict;
      }
    }
    return null;
  }

  /** Published commits with a number up to that one. */
  #countUpTo(number: number): number {
    let low = 0;
    let high = this.#published.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#published[middle]!.number <= number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}

/** Tells of the first row that was read, in the order in which they were written. */
function findConflictWith(
  accesses: Transaction["accesses"],
  commit: Commit,
): Conflict | null {
  let first = Infinity;
  for (const [table, access] of accesses) {
    const written = access.hasReads ? commit.writtenTo(table) : null;
    if (written !== null) first = Math.min(first, access.findRead(written));
  }
  const row = commit.rows[first];
  if (row === undefined) return null;
  const { component, table, id } = row;
  return { kind: "conflict", component, table, documentId: id, ts: commit.ts };
}

/** A deploy that changed a table conflicts with everyone who used it as it was. */
function findDeploy(transaction: Transaction): Conflict | null {
  for (const [table, { version }] of transaction.accesses) {
    if (version.layout !== table.current.layout) {
      const { component, name, layoutTs } = table;
      return { kind: "conflict", component, table: name, ts: layoutTs };
    }
  }
  return null;
}
