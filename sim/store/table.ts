/**
 * One table's committed documents, at every snapshot that somebody reads.
 *
 * Invariants:
 * T1. Versions of the indexes ascend; a snapshot reads the last one that is not after it.
 * T2. A version that a live snapshot reads is never edited: a commit edits a clone of it.
 *     Where none does, the newest is edited in place, so a store with one transaction at a
 *     time never clones.
 * T3. There is no tree of `by_id` until somebody scans it: {@link DocumentMap} finds by id,
 *     and a tree in random order would be the dearest part of every insert.
 */
import type { IndexSchema } from "../schema/schema.js";
import type { StoredDocument } from "../values/document.js";
import type { TableRef } from "../values/ids.js";
import { BY_ID_PLACE, IndexLayout } from "../values/indexLayout.js";
import { DocumentMap } from "./documentMap.js";
import { createTree, type OrderedTree } from "./orderedTree.js";
import type { Snapshots } from "./snapshots.js";

export interface TableVersion {
  /** Number of the first commit that sees it. */
  readonly from: number;
  readonly layout: IndexLayout;
  /** By the place of the index in the layout; the first may be missing (T3). */
  readonly trees: (OrderedTree | undefined)[];
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
  readonly documents = new DocumentMap();
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
    const trees = layout.indexes.map((_, place) =>
      place === BY_ID_PLACE ? undefined : createTree(),
    );
    this.#versions = [{ from: 0, layout, trees }];
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
    const trees = current.trees.map((tree) => tree?.clone());
    counters.treeClones += trees.filter((tree) => tree !== undefined).length;
    this.#versions.push({ from: commit, layout: current.layout, trees });
    return this.current;
  }

  /** The tree of an index, which is made if it is that of `by_id`. */
  treeOf(version: TableVersion, place: number): OrderedTree {
    const tree = version.trees[place];
    if (tree !== undefined) {
      return tree;
    }
    this.#versions.forEach((each, index) => {
      const next = this.#versions[index + 1];
      // As the last snapshot saw it that may read this version.
      const documents =
        next === undefined
          ? this.documents.values()
          : this.documents.valuesAt(next.from - 1);
      each.trees[place] = createTreeOf(documents, each.layout, place);
    });
    return version.trees[place]!;
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
      return isKept
        ? old.trees[oldPlace]?.clone()
        : createTreeOf(this.documents.values(), layout, place);
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
  for (let place = 0; place < trees.length; place++) {
    const tree = trees[place];
    if (tree === undefined) {
      continue;
    }
    const oldKey = before?.key(layout, place);
    const newKey = after?.key(layout, place);
    if (oldKey !== undefined && oldKey !== newKey) {
      tree.delete(oldKey);
    }
    if (newKey !== undefined) {
      tree.set(newKey, after!);
    }
  }
}

function createTreeOf(
  documents: Iterable<StoredDocument>,
  layout: IndexLayout,
  place: number,
): OrderedTree {
  const tree = createTree();
  for (const document of documents) {
    tree.set(layout.keyOf(place, document.value), document);
  }
  return tree;
}
