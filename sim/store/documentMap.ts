/**
 * A table's committed documents by id, at every snapshot that somebody reads.
 *
 * A hash map of the newest versions, because a lookup by id is what functions do most, and
 * in a tree it costs a dozen cache misses. What a commit replaces is kept aside only while a
 * live snapshot may ask for it.
 */
import type { StoredDocument } from "../values/document.js";
import type { Snapshots } from "./snapshots.js";

/** What snapshots before a commit see. */
interface Past {
  readonly id: string;
  /** Number of the commit that replaced it. */
  readonly until: number;
  /** Null: it was not there. */
  readonly document: StoredDocument | null;
}

export class DocumentMap {
  readonly #newest = new Map<string, StoredDocument>();
  /** By id, each ascending. */
  readonly #past = new Map<string, Past[]>();
  /** All of them, ascending, to be dropped from the front. */
  readonly #queue: Past[] = [];

  /** How many replaced versions are kept. */
  get kept(): number {
    return this.#queue.length;
  }

  /** The newest version. */
  get(id: string): StoredDocument | null {
    return this.#newest.get(id) ?? null;
  }

  /** The version that the snapshot after that commit sees. */
  getAt(id: string, commit: number): StoredDocument | null {
    if (this.#past.size > 0) {
      const past = this.#past.get(id)?.find(({ until }) => until > commit);
      if (past !== undefined) {
        return past.document;
      }
    }
    return this.#newest.get(id) ?? null;
  }

  /** All newest versions, in no order. */
  values(): Iterable<StoredDocument> {
    return this.#newest.values();
  }

  /** All versions that the snapshot after that commit sees, in no order. */
  *valuesAt(commit: number): Iterable<StoredDocument> {
    for (const id of new Set([...this.#newest.keys(), ...this.#past.keys()])) {
      const document = this.getAt(id, commit);
      if (document !== null) {
        yield document;
      }
    }
  }

  set(
    id: string,
    document: StoredDocument | null,
    commit: number,
    snapshots: Snapshots,
  ): void {
    this.#prune(snapshots.oldest);
    if (snapshots.newest !== null) {
      this.#keepPast(id, commit, snapshots.newest);
    }
    if (document === null) {
      this.#newest.delete(id);
    } else {
      this.#newest.set(id, document);
    }
  }

  #keepPast(id: string, commit: number, newest: number): void {
    const past = this.#past.get(id);
    if (past !== undefined && past.at(-1)!.until > newest) {
      // The version came after every snapshot, so none sees it.
      return;
    }
    const added = { id, until: commit, document: this.get(id) };
    this.#queue.push(added);
    if (past === undefined) {
      this.#past.set(id, [added]);
    } else {
      past.push(added);
    }
  }

  #prune(oldest: number | null): void {
    if (this.#queue.length === 0) {
      return;
    }
    if (oldest === null) {
      this.#queue.length = 0;
      this.#past.clear();
      return;
    }
    let dropped = 0;
    while (dropped < this.#queue.length && this.#queue[dropped]!.until <= oldest) {
      const { id } = this.#queue[dropped]!;
      const past = this.#past.get(id)!;
      past.shift();
      if (past.length === 0) {
        this.#past.delete(id);
      }
      dropped += 1;
    }
    if (dropped > 0) {
      this.#queue.splice(0, dropped);
    }
  }
}
