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
  /** By the place of the index. */
  #reads: (IntervalSet | undefined)[] = [];
  readonly #writes = new Map<string, Write>();
  readonly #overlays: (Overlay | undefined)[] = [];
  #revision = 0;

  constructor(table: Table, version: TableVersion, counter: ReadCounter) {
    this.table = table;
    this.version = version;
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

  /** Records the key whether or not there is a document. */
  get(id: string): StoredDocument | null {
    const key = encodeStringKey(id);
    if (this.tracksReads) {
      this.record(BY_ID_PLACE, key, keyAfter(key));
    }
    if (this.#revision > 0) {
      const write = this.#writes.get(id);
      if (write !== undefined) {
        return write.after;
      }
    }
    return this.version.trees[BY_ID_PLACE]!.get(key) ?? null;
  }

  record(place: number, start: string, end: string): void {
    const intervals = (this.#reads[place] ??= new IntervalSet());
    this.#counter.intervals -= intervals.size;
    intervals.add(start, end);
    this.#counter.intervals += intervals.size;
  }

  /** Whether a read of this transaction would have seen that version, through any index. */
  hasRead(document: StoredDocument): boolean {
    const keys = document.keys(this.version.layout);
    return this.#reads.some((intervals, place) => intervals?.contains(keys[place]!));
  }

  /** The intervals read from the index of that name; for tests and messages. */
  readsOf(index: string): { start: string; end: string }[] {
    const place = this.version.layout.placeOf(index);
    return place === undefined ? [] : (this.#reads[place]?.toArray() ?? []);
  }

  copyReads(): readonly (IntervalSet | undefined)[] {
    return this.#reads.map((intervals) => intervals?.clone());
  }

  setReads(reads: readonly (IntervalSet | undefined)[]): void {
    this.#counter.intervals += countIntervals(reads) - countIntervals(this.#reads);
    this.#reads = [...reads];
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
      overlay.delete(previous.after.keys(layout)[place]!);
    }
    const before = (previous ?? next)?.before;
    if (before) {
      const hiddenKey = before.keys(layout)[place]!;
      if (next === undefined) {
        overlay.delete(hiddenKey);
      } else {
        overlay.set(hiddenKey, null);
      }
    }
    // Last, because it may have the key that was just hidden.
    if (next?.after) {
      overlay.set(next.after.keys(layout)[place]!, next.after);
    }
  }
}

export interface ReadCounter {
  readonly isTracking: boolean;
  /** Merged intervals over all indexes. */
  intervals: number;
}

function countIntervals(reads: readonly (IntervalSet | undefined)[]): number {
  return reads.reduce((sum, intervals) => sum + (intervals?.size ?? 0), 0);
}

/** Returns what takes all reads since then back. Only a canary does that. */
export function saveReads(accesses: ReadonlyMap<Table, TableAccess>): () => void {
  const saved = new Map<Table, readonly (IntervalSet | undefined)[]>();
  for (const [table, access] of accesses) {
    saved.set(table, access.copyReads());
  }
  return () => {
    for (const [table, access] of accesses) {
      access.setReads(saved.get(table) ?? []);
    }
  };
}
