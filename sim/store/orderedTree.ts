/**
 * An ordered map from keys to documents that is cloned in constant time.
 *
 * The only place that knows the package behind it, which is CommonJS: under Node its class
 * is a property of the default export, under a bundler it is the default export itself.
 */
import BTreeExport from "sorted-btree";

import type { StoredDocument } from "../values/document.js";

const BTreeClass =
  (BTreeExport as unknown as { default?: typeof BTreeExport }).default ?? BTreeExport;

export type OrderedTree<V = StoredDocument> = BTreeExport<string, V>;

export function createTree<V = StoredDocument>(): OrderedTree<V> {
  return new BTreeClass<string, V>(undefined, compareKeys);
}

/** Keys are Latin-1 and flat, so the engine's own comparison is the fastest there is. */
function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a === b ? 0 : 1;
}
