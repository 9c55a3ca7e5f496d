/**
 * One transaction: a snapshot, what it read of it, and its own writes on top.
 *
 * Owns neither validation nor commit; the store does both, from what this has recorded.
 * Invariants:
 * X1. Reads see the snapshot and the transaction's own writes, nothing else.
 * X2. Rolling a nested level back takes its writes away and leaves its reads.
 */
import type { Value } from "convex/values";

import { StoredDocument } from "../values/document.js";
import { areEqual } from "../values/equality.js";
import type { KeyRange } from "../values/keys.js";
import type { SnapshotPosition, TransactionHost, TransactionOptions } from "./host.js";
import type { Namespace } from "./namespace.js";
import { TableScan, type Scan, type ScanOrder } from "./scan.js";
import type { Table } from "./table.js";
import { saveReads, TableAccess, type ReadCounter, type Write } from "./tableAccess.js";
import { UndoLog } from "./undoLog.js";

export class Transaction {
  readonly #host: TransactionHost;
  readonly #snapshot: SnapshotPosition;
  readonly #creationTime: (() => number) | null;
  readonly #counter: ReadCounter;
  readonly #accesses = new Map<Table, TableAccess>();
  readonly #openScans = new Set<TableScan>();
  readonly #undo = new UndoLog();
  #isReleased = false;

  /** @param options - null: read-only, and records nothing */
  constructor(
    host: TransactionHost,
    snapshot: SnapshotPosition,
    options: TransactionOptions | null,
  ) {
    this.#host = host;
    this.#snapshot = snapshot;
    this.#creationTime = options?.creationTime ?? null;
    this.#counter = { isTracking: options?.tracksReads ?? false, intervals: 0 };
  }

  /** ns, of the snapshot. */
  get beginTs(): bigint {
    return this.#snapshot.ts;
  }

  /** Number of the last commit in the snapshot. */
  get beginCommit(): number {
    return this.#snapshot.commit;
  }

  get hasWrites(): boolean {
    for (const access of this.#accesses.values()) {
      if (access.writes.size > 0) {
        return true;
      }
    }
    return false;
  }

  get tracksReads(): boolean {
    return this.#counter.isTracking;
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Nested levels that are open. */
  get depth(): number {
    return this.#undo.depth;
  }

  /** Merged intervals over all indexes: the platform's "index ranges read". */
  get readIntervals(): number {
    this.#recordOpenScans();
    return this.#counter.intervals;
  }

  /** By table, with the reads of scans that are still open; for validation and commit. */
  get accesses(): ReadonlyMap<Table, TableAccess> {
    this.#recordOpenScans();
    return this.#accesses;
  }

  /** Records the key even when there is no such document. */
  get(namespace: Namespace, table: string, id: string): StoredDocument | null {
    return this.#access(namespace, table).get(id);
  }

  scan(
    namespace: Namespace,
    table: string,
    index: string,
    range: KeyRange,
    order: ScanOrder,
  ): Scan {
    const access = this.#access(namespace, table);
    const place = access.version.layout.placeOf(index);
    if (place === undefined) {
      throw new Error(`Index ${table}.${index} not found.`);
    }
    const scan = new TableScan(access, place, range, order, this.#forgetScan);
    this.#openScans.add(scan);
    return scan;
  }

  /** Reads nothing: inserts never conflict with each other. */
  insert(
    namespace: Namespace,
    table: string,
    fields: Record<string, Value>,
  ): StoredDocument {
    const access = this.#access(namespace, table);
    const creationTime = this.#requireWritable()();
    const id = this.#host.ids.generate(access.table, this.#host.random);
    const value = { ...fields, _creationTime: creationTime, _id: id };
    const document = new StoredDocument(table, value);
    this.#write(access, id, { before: null, after: document });
    return document;
  }

  /** The whole new value without system fields. One that is equal is no write, only a read. */
  replace(
    namespace: Namespace,
    table: string,
    id: string,
    fields: Record<string, Value>,
  ): StoredDocument {
    this.#requireWritable();
    const access = this.#access(namespace, table);
    const current = requireDocument(access.get(id), table, id);
    const value = { ...fields, _creationTime: current.value._creationTime!, _id: id };
    if (areEqual(current.value, value)) {
      return current;
    }
    const document = new StoredDocument(table, value);
    this.#write(access, id, {
      before: snapshotVersion(access, current),
      after: document,
    });
    return document;
  }

  /** Returns what was removed. */
  remove(namespace: Namespace, table: string, id: string): StoredDocument {
    this.#requireWritable();
    const access = this.#access(namespace, table);
    const current = requireDocument(access.get(id), table, id);
    this.#write(access, id, { before: snapshotVersion(access, current), after: null });
    return current;
  }

  beginNested(): void {
    const { dropRolledBackReads } = this.#host.canary;
    this.#undo.begin(dropRolledBackReads ? saveReads(this.accesses) : null);
  }

  commitNested(): void {
    this.#undo.commit();
  }

  rollbackNested(): void {
    this.#recordOpenScans();
    this.#undo.rollback();
  }

  /** The same snapshot without the pending writes. Records nothing and is read-only. */
  snapshotView(): Transaction {
    this.#requireLive();
    return new Transaction(this.#host.share(), this.#snapshot, null);
  }

  /** Ends it and its scans. What it has recorded stays readable. */
  release(): void {
    if (!this.#isReleased) {
      for (const scan of this.#openScans) {
        scan.close();
      }
      this.#isReleased = true;
      this.#host.release();
    }
  }

  readonly #forgetScan = (scan: TableScan): void => {
    this.#openScans.delete(scan);
  };

  #recordOpenScans(): void {
    if (this.#counter.isTracking) {
      for (const scan of this.#openScans) {
        scan.record();
      }
    }
  }

  #access(namespace: Namespace, name: string): TableAccess {
    this.#requireLive();
    const table = namespace.table(name);
    const existing = this.#accesses.get(table);
    if (existing !== undefined) {
      return existing;
    }
    const access = new TableAccess(table, this.#snapshot.commit, this.#counter);
    this.#accesses.set(table, access);
    return access;
  }

  #write(access: TableAccess, id: string, write: Write): void {
    this.#undo.add({ access, id, previous: access.write(id, write) });
  }

  #requireLive(): void {
    if (this.#isReleased) {
      throw new Error("The transaction has ended");
    }
  }

  #requireWritable(): () => number {
    if (this.#creationTime === null) {
      throw new Error("A snapshot view is read-only");
    }
    return this.#creationTime;
  }
}

function requireDocument(
  document: StoredDocument | null,
  table: string,
  id: string,
): StoredDocument {
  if (document === null) {
    throw new Error(`No document ${id} in table "${table}"`);
  }
  return document;
}

/** The snapshot's version of a document whose newest one is known. */
function snapshotVersion(
  access: TableAccess,
  current: StoredDocument,
): StoredDocument | null {
  const write = access.writes.get(current.id);
  return write === undefined ? current : write.before;
}
