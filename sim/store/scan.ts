/**
 * A walk over one index as one transaction sees it: the snapshot with its own writes on top.
 *
 * Invariants:
 * S1. Rows come in key order, each at most once, also when the transaction writes meanwhile;
 *     a write ahead of the last row is seen, one behind it is not.
 * S2. Only what was consumed is recorded as read: from where the walk began to its last row
 *     inclusive, or the whole range once it has come to its end.
 */
import type { StoredDocument } from "../values/document.js";
import { keyAfter, type KeyRange } from "../values/keys.js";
import type { OrderedTree } from "./orderedTree.js";
import type { TableAccess } from "./tableAccess.js";

export interface Scan {
  /** Null at the end of the range. */
  next(): StoredDocument | null;
  /** Key of the last consumed row. */
  readonly lastKey: string | null;
  /** Records what was read; the transaction does it for scans left open. */
  close(): void;
}

export type ScanOrder = "asc" | "desc";

type Entry = [key: string, document: StoredDocument | null];

export class TableScan implements Scan {
  readonly #access: TableAccess;
  readonly #place: number;
  readonly #range: KeyRange;
  readonly #isAscending: boolean;
  readonly #onClose: (scan: TableScan) => void;
  readonly #rows: SnapshotRows;
  /** Key of the last row that was passed, hidden ones included. */
  #position: string | null = null;
  #lastKey: string | null = null;
  #recordedKey: string | null = null;
  #overlayEntry: Entry | undefined;
  /** Of the access, when the overlay was last looked into; -1 once its entry was passed. */
  #overlayRevision = -1;
  #isAtEnd = false;
  #isClosed = false;

  constructor(
    access: TableAccess,
    place: number,
    range: KeyRange,
    order: ScanOrder,
    onClose: (scan: TableScan) => void,
  ) {
    this.#access = access;
    this.#place = place;
    this.#range = range;
    this.#isAscending = order === "asc";
    this.#onClose = onClose;
    this.#rows = new SnapshotRows(access.tree(place), range, this.#isAscending);
  }

  get lastKey(): string | null {
    return this.#lastKey;
  }

  next(): StoredDocument | null {
    if (this.#isClosed) {
      return null;
    }
    const found =
      this.#access.writes.size === 0 ? this.#nextOfSnapshot() : this.#nextMerged();
    if (found === null) {
      this.#isAtEnd = true;
      this.close();
    }
    return found;
  }

  close(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.record();
      this.#onClose(this);
    }
  }

  /** Records what was consumed so far (S2). */
  record(): void {
    if (!this.#access.tracksReads) {
      return;
    }
    const { start, end } = this.#range;
    if (this.#isAtEnd) {
      this.#access.record(this.#place, start, end);
    } else if (this.#lastKey !== null && this.#lastKey !== this.#recordedKey) {
      this.#recordedKey = this.#lastKey;
      if (this.#isAscending) {
        this.#access.record(this.#place, start, keyAfter(this.#lastKey));
      } else {
        this.#access.record(this.#place, this.#lastKey, end);
      }
    }
  }

  #nextOfSnapshot(): StoredDocument | null {
    const key = this.#rows.peek();
    return key === null ? null : this.#give(key, this.#rows.take());
  }

  #nextMerged(): StoredDocument | null {
    for (;;) {
      const rowKey = this.#rows.peek();
      const entry = this.#peekOverlay();
      if (entry === undefined) {
        return rowKey === null ? null : this.#give(rowKey, this.#rows.take());
      }
      const [key, document] = entry;
      if (rowKey !== null && this.#isBefore(rowKey, key)) {
        return this.#give(rowKey, this.#rows.take());
      }
      if (rowKey === key) {
        this.#rows.take();
      }
      this.#position = key;
      this.#overlayRevision = -1;
      if (document !== null) {
        return this.#give(key, document);
      }
    }
  }

  #give(key: string, document: StoredDocument): StoredDocument {
    this.#position = key;
    this.#lastKey = key;
    return document;
  }

  /** The first entry of the overlay ahead of the position; writes may have changed it (S1). */
  #peekOverlay(): Entry | undefined {
    const { revision } = this.#access;
    if (this.#overlayRevision !== revision) {
      this.#overlayRevision = revision;
      this.#overlayEntry = this.#findInOverlay();
    }
    return this.#overlayEntry;
  }

  #findInOverlay(): Entry | undefined {
    const overlay = this.#access.overlay(this.#place);
    const { start, end } = this.#range;
    if (overlay === undefined) {
      return undefined;
    }
    if (this.#isAscending) {
      const found =
        this.#position === null
          ? overlay.getPairOrNextHigher(start)
          : overlay.nextHigherPair(this.#position);
      return found !== undefined && found[0] < end ? found : undefined;
    }
    const found = overlay.nextLowerPair(this.#position ?? end);
    return found !== undefined && found[0] >= start ? found : undefined;
  }

  #isBefore(key: string, other: string): boolean {
    return this.#isAscending ? key < other : key > other;
  }
}

/** The rows of a snapshot in a range; it is never edited meanwhile (T2 of table.ts). */
class SnapshotRows {
  readonly #tree: OrderedTree;
  readonly #range: KeyRange;
  readonly #isAscending: boolean;
  readonly #pair: [string, StoredDocument] = [] as unknown as [string, StoredDocument];
  #entries: Iterator<[string, StoredDocument]> | undefined;
  #hasPeeked = false;
  #isAtEnd = false;

  constructor(tree: OrderedTree, range: KeyRange, isAscending: boolean) {
    this.#tree = tree;
    this.#range = range;
    this.#isAscending = isAscending;
  }

  /** Key of the next row, or null at the end of the range. */
  peek(): string | null {
    if (!this.#hasPeeked) {
      this.#hasPeeked = true;
      this.#advance();
    }
    return this.#isAtEnd ? null : this.#pair[0];
  }

  /** The row whose key was peeked at. */
  take(): StoredDocument {
    this.#hasPeeked = false;
    return this.#pair[1];
  }

  #advance(): void {
    const { start, end } = this.#range;
    this.#entries ??= this.#open();
    const isDone = this.#isAtEnd || this.#entries.next().done === true;
    const key = this.#pair[0];
    this.#isAtEnd = isDone || (this.#isAscending ? key >= end : key < start);
  }

  #open(): Iterator<[string, StoredDocument]> {
    const { start, end } = this.#range;
    if (this.#tree.isEmpty || start >= end) {
      return [][Symbol.iterator]();
    }
    return this.#isAscending
      ? this.#tree.entries(start, this.#pair)
      : this.#tree.entriesReversed(end, this.#pair, true);
  }
}
