/**
 * One table's committed documents, at every snapshot that somebody reads.
 *
 * Invariants:
 * T1. Versions ascend; a snapshot reads the last one that is not after it.
 * T2. A version that a live snapshot reads is never edited: a commit edits a clone of it.
 *     Where none does, the newest is edited in place, so a store with one transaction at a
 *     time never clones.
 */
import type { IndexSchema } from "../schema/schema.js";
import type { StoredDocument } from "../values/document.js";
import type { TableRef } from "../values/ids.js";
import { BY_ID_PLACE, IndexLayout } from "../values/indexLayout.js";
import { createTree, type OrderedTree } from "./orderedTree.js";
import type { Snapshots } from "./snapshots.js";

export interface TableVersion {
  /** Number of the first commit that sees it. */
  readonly from: number;
  readonly layout: IndexLayout;
  /** By the place of the index in the layout. */
  readonly trees: readonly OrderedTree[];
}

/** Counts the work that snapshots cost; for tests and benchmarks. */
export interface StoreCounters {
  /** Trees cloned because a live snapshot held them. */
  treeClones: number;
}

export class Table implements TableRef {
  readonly component: string;
  readonly name: string;
  readonly number: number;
  /** When a deploy last changed it, ns. */
  layoutTs = 0n;
  #declared: readonly IndexSchema[];
  #versions: TableVersion[];

  constructor(ref: TableRef, declared: readonly IndexSchema[]) {
    this.component = ref.component;
    this.name = ref.name;
    this.number = ref.number;
    this.#declared = declared;
    const layout = new IndexLayout(declared);
    this.#versions = [{ from: 0, layout, trees: layout.indexes.map(() => createTree()) }];
  }

  get current(): TableVersion {
    return this.#versions[this.#versions.length - 1]!;
  }

  /** How many versions are kept. */
  get versions(): number {
    return this.#versions.length;
  }

  at(commit: number): TableVersion {
    let index = this.#versions.length - 1;
    while (this.#versions[index]!.from > commit) {
      index -= 1;
    }
    return this.#versions[index]!;
  }

  /** The newest version, to be edited by that commit (T2). */
  edit(commit: number, snapshots: Snapshots, counters: StoreCounters): TableVersion {
    this.#prune(snapshots.oldest);
    const { newest } = snapshots;
    const { current } = this;
    if (newest === null || newest < current.from) {
      return current;
    }
    counters.treeClones += current.trees.length;
    const trees = current.trees.map((tree) => tree.clone());
    this.#versions.push({ from: commit, layout: current.layout, trees });
    return this.current;
  }

  /** Takes the indexes of a deploy, and fills new ones. Returns whether anything changed. */
  setIndexes(declared: readonly IndexSchema[], commit: number, ts: bigint): boolean {
    if (JSON.stringify(declared) === JSON.stringify(this.#declared)) {
      return false;
    }
    const old = this.current;
    const layout = new IndexLayout(declared);
    const trees = layout.indexes.map((index, place) => {
      const oldPlace = old.layout.placeOf(index.name);
      const isKept =
        oldPlace !== undefined &&
        String(old.layout.indexes[oldPlace]!.fields) === String(index.fields);
      return isKept ? old.trees[oldPlace]!.clone() : backfill(old, layout, place);
    });
    this.#declared = declared;
    this.#versions.push({ from: commit, layout, trees });
    this.layoutTs = ts;
    return true;
  }

  /** Versions that only released snapshots could have read. */
  #prune(oldest: number | null): void {
    if (this.#versions.length > 1) {
      const needed = oldest === null ? this.current : this.at(oldest);
      this.#versions.splice(0, this.#versions.indexOf(needed));
    }
  }
}

/** Puts a document into every index in place of its older version. */
export function replaceInTrees(
  version: TableVersion,
  before: StoredDocument | null,
  after: StoredDocument | null,
): void {
  const { layout, trees } = version;
  const oldKeys = before?.keys(layout);
  const newKeys = after?.keys(layout);
  for (let place = 0; place < trees.length; place++) {
    const oldKey = oldKeys?.[place];
    const newKey = newKeys?.[place];
    if (oldKey !== undefined && oldKey !== newKey) {
      trees[place]!.delete(oldKey);
    }
    if (newKey !== undefined) {
      trees[place]!.set(newKey, after!);
    }
  }
}

function backfill(old: TableVersion, layout: IndexLayout, place: number): OrderedTree {
  const tree = createTree();
  for (const document of old.trees[BY_ID_PLACE]!.values()) {
    tree.set(layout.keyOf(place, document.value), document);
  }
  return tree;
}
