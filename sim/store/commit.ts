/** What a commit is to those outside the store: its rows, and why it was refused. */
import type { StoredDocument } from "../values/document.js";

export interface CommittedRow {
  /** Path of the component, "" for the app. */
  readonly component: string;
  readonly table: string;
  readonly id: string;
  /** Null: inserted. */
  readonly before: StoredDocument | null;
  /** Null: deleted. */
  readonly after: StoredDocument | null;
}

/** A commit since the transaction began, published or pending, wrote what it had read. */
export interface Conflict {
  readonly kind: "conflict";
  readonly component: string;
  readonly table: string;
  /** Absent when a deploy changed the table's schema. */
  readonly documentId?: string;
  /** Of the other commit, ns. */
  readonly ts: bigint;
}

/** Of a commit, or of part of it. */
export interface CommitSize {
  readonly documents: number;
  /** Of documents and of index entries: the keys that are new, and those that go. */
  readonly bytes: number;
}

export interface PreparedCommit {
  readonly kind: "prepared";
  /** ns; that of the snapshot for a commit without writes. */
  readonly ts: bigint;
  /**
   * - `"pending"`: it conflicts with others already, and nobody sees it
   * - `"ready"`: told to publish, and waiting for earlier commits
   * - `"published"`: new transactions see it
   * - `"abandoned"`: it never happened
   */
  readonly state: "pending" | "ready" | "published" | "abandoned";
  /** Rows as they were written, one for each document. */
  readonly rows: readonly CommittedRow[];
  /** What it writes to the tables that are counted. */
  sizeOf(isCounted: (table: string) => boolean): CommitSize;
  /** Called when it becomes visible, which an earlier commit may delay. */
  onPublished?: () => void;
}
