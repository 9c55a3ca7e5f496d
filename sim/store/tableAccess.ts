/**
 * What one transaction has read from and written to one table.
 *
 * Writes are coalesced per document: one entry from the snapshot's version to the newest.
 * An overlay of an index holds the keys those entries put there or hide, and is only made
 * when a scan asks for it, so a transaction that scans nothing never pays for one.
 */
import type { StoredDocument } from "../values/document.js";
import { BY_ID_PLACE } from "../values/indexLayout.js";
import { encodeStringKey, keyAfter } from "../values/keys.js";
import { IntervalSet } from "./intervalSet.js";
import { createTree, type OrderedTree } from "./orderedTree.js";
import type { Table, TableVersion } from "./table.js";
import type { WrittenRows } from "./writtenRows.js";

export interface Write {
  /** In the snapshot. */
  readonly before: StoredDocument | null;
  readonly after: StoredDocument | null;
}

/** Null hides the snapshot's document with that key. */
export type Overlay = OrderedTree<StoredDocument | null>;

export class TableAccess {
  readonly table: Table;
  readonly version: TableVersion;
  /** Of the whole transaction, shared by its tables. */
  readonly #counter: ReadCounter;
  /** Number of the commit at which it reads. */
  readonly #commit: number;
  /** Ids that were looked up, while `by_id` was not scanned; they are intervals too. */
  #points = new Set<string>();
  /** By the place of the index. */
  #intervals: (IntervalSet | undefined)[] = [];
  readonly #writes = new Map<string, Write>();
  readonly #overlays: (Overlay | undefined)[] = [];
  #revision = 0;

  constructor(table: Table, commit: number, counter: ReadCounter) {
    this.table = table;
    this.version = table.at(commit);
    this.#commit = commit;
    this.#counter = counter;
  }

  get tracksReads(): boolean {
    return this.#counter.isTracking;
  }

  get writes(): ReadonlyMap<string, Write> {
    return this.#writes;
  }

  /** Changes with each write; an open scan then looks into the overlay anew. */
  get revision(): number {
    return this.#revision;
  }

  tree(place: number): OrderedTree {
    return this.table.treeOf(this.version, place);
  }

  /** Records the key whether or not there is a document. */
  get(id: string): StoredDocument | null {
    if (this.tracksReads) {
      this.#recordPoint(id);
    }
    if (this.#revision > 0) {
      const write = this.#writes.get(id);
      if (write !== undefined) {
        return write.after;
      }
    }
    return this.table.documents.getAt(id, this.#commit);
  }

  record(place: number, start: string, end: string): void {
    if (place === BY_ID_PLACE && this.#points.size > 0) {
      this.#mergePoints();
    }
    this.#addInterval(place, start, end);
  }

  get hasReads(): boolean {
    return this.#points.size > 0 || this.#intervals.length > 0;
  }

  /**
   * The place of the first row of which a read of this transaction would have seen a version,
   * old or new, through any index; Infinity if there is none.
   */
  findRead(written: WrittenRows): number {
    const { layout } = this.version;
    let first = this.#points.size > 0 ? written.findId(this.#points) : Infinity;
    for (const [index, intervals] of this.#intervals.entries()) {
      if (intervals === undefined || intervals.size === 0) continue;
      first = Math.min(first, written.findKey(layout, index, intervals));
    }
    return first;
  }

  /** Only a canary does this. Returns what takes the reads since then back. */
  saveReads(): () => void {
    const points = [...this.#points];
    const saved = this.#intervals.map((intervals) => intervals?.clone());
    return () => {
      this.clearReads();
      this.#points = new Set(points);
      this.#intervals = saved;
      this.#counter.intervals += this.#countReads();
    };
  }

  clearReads(): void {
    this.#counter.intervals -= this.#countReads();
    this.#points = new Set();
    this.#intervals = [];
  }

  #recordPoint(id: string): void {
    if (this.#intervals[BY_ID_PLACE] !== undefined) {
      const key = encodeStringKey(id);
      this.#addInterval(BY_ID_PLACE, key, keyAfter(key));
    } else if (!this.#points.has(id)) {
      this.#points.add(id);
      this.#counter.intervals += 1;
    }
  }

  /** Points and ranges of one index may touch, and then count as one. */
  #mergePoints(): void {
    const points = this.#points;
    this.#points = new Set();
    this.#counter.intervals -= points.size;
    for (const id of points) {
      const key = encodeStringKey(id);
      this.#addInterval(BY_ID_PLACE, key, keyAfter(key));
    }
  }

  #addInterval(place: number, start: string, end: string): void {
    const intervals = (this.#intervals[place] ??= new IntervalSet());
    this.#counter.intervals -= intervals.size;
    intervals.add(start, end);
    this.#counter.intervals += intervals.size;
  }

  #countReads(): number {
    const sizes = this.#intervals.map((intervals) => intervals?.size ?? 0);
    return sizes.reduce((sum, size) => sum + size, this.#points.size);
  }

  /** Undefined takes the write back. Returns what was there. */
  write(id: string, next: Write | undefined): Write | undefined {
    const previous = this.#writes.get(id);
    if (next === undefined) {
      this.#writes.delete(id);
    } else {
      this.#writes.set(id, next);
    }
    this.#revision += 1;
    for (let place = 0; place < this.#overlays.length; place++) {
      const overlay = this.#overlays[place];
      if (overlay !== undefined) {
        this.#applyWrite(overlay, place, previous, next);
      }
    }
    return previous;
  }

  /** Undefined while nothing is written. */
  overlay(place: number): Overlay | undefined {
    if (this.#writes.size === 0) {
      return undefined;
    }
    const existing = this.#overlays[place];
    if (existing !== undefined) {
      return existing;
    }
    const made: Overlay = createTree<StoredDocument | null>();
    for (const write of this.#writes.values()) {
      this.#applyWrite(made, place, undefined, write);
    }
    this.#overlays[place] = made;
    return made;
  }

  #applyWrite(
    overlay: Overlay,
    place: number,
    previous: Write | undefined,
    next: Write | undefined,
  ): void {
    const { layout } = this.version;
    if (previous?.after) {
      overlay.delete(previous.after.key(layout, place));
    }
    const before = (previous ?? next)?.before;
    if (before) {
      const hiddenKey = before.key(layout, place);
      if (next === undefined) {
        overlay.delete(hiddenKey);
      } else {
        overlay.set(hiddenKey, null);
      }
    }
    // Last, because it may have the key that was just hidden.
    if (next?.after) {
      overlay.set(next.after.key(layout, place), next.after);
    }
  }
}

export interface ReadCounter {
  readonly isTracking: boolean;
  /** Merged intervals over all indexes. */
  intervals: number;
}

/** Returns what takes all reads since then back. Only a canary does that. */
export function saveReads(accesses: ReadonlyMap<Table, TableAccess>): () => void {
  const restores = new Map(
    [...accesses].map(([table, each]) => [table, each.saveReads()]),
  );
  return () => {
    for (const [table, access] of accesses) {
      const restore = restores.get(table);
      if (restore === undefined) {
        access.clearReads();
      } else {
        restore();
      }
    }
  };
}
