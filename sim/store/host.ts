/** What a transaction needs of its store, and what its owner says about it. */
import type { IdFormat } from "../values/ids.js";

export interface TransactionHost {
  readonly ids: IdFormat;
  /** Draws a whole number below 2^32. */
  readonly random: () => number;
  readonly canary: Canary;
  /** Lets go of the snapshot. */
  release(): void;
  /** For one more reader of the same snapshot, who has to release it too. */
  share(): TransactionHost;
}

/** Deliberately broken behavior, to show that a test suite would notice. */
export interface Canary {
  /** Commits are never refused. */
  skipConflicts?: boolean;
  /** A nested rollback takes the reads away too. */
  dropRolledBackReads?: boolean;
}

export interface TransactionOptions {
  /** ms; asked once for each insert, and has to grow within the transaction. */
  creationTime: () => number;
  /** False records no reads: the commit is then never refused. */
  tracksReads: boolean;
}

/** Where a transaction reads. */
export interface SnapshotPosition {
  /** Number of the last commit it sees. */
  readonly commit: number;
  /** Timestamp of that commit, ns. */
  readonly ts: bigint;
}
