/**
 * One version of a document, and what is derived from it, each computed once.
 *
 * Never mutated, nor is its value: versions are shared by all snapshots that hold them.
 */
import { getDocumentSize, type Value } from "convex/values";

import type { IndexLayout } from "./indexLayout.js";
import { writeJson } from "./json.js";
import { hasPlaceholder, resolvePlaceholders } from "./placeholder.js";

export class StoredDocument {
  readonly id: string;
  readonly table: string;
  /** With `_id` and `_creationTime`; may hold commit timestamp placeholders while pending. */
  readonly value: Record<string, Value>;
  #json: string | undefined;
  #size: number | undefined;
  #isPending: boolean | undefined;
  #layout: IndexLayout | undefined;
  #keys: (string | undefined)[] | undefined;

  constructor(table: string, value: Record<string, Value>) {
    this.id = value._id as string;
    this.table = table;
    this.value = value;
  }

  /** True while a commit timestamp in it is not known. */
  get isPending(): boolean {
    return (this.#isPending ??= hasPlaceholder(this.value));
  }

  /** As convexToJson writes it. */
  get json(): string {
    return (this.#json ??= writeJson(this.value));
  }

  /** Bytes, as the platform counts them. */
  get size(): number {
    return (this.#size ??= getDocumentSize(this.value));
  }

  /** Its key in the index at that place of the layout. */
  key(layout: IndexLayout, place: number): string {
    if (this.#layout !== layout) {
      this.#keys = [];
      this.#layout = layout;
    }
    return (this.#keys![place] ??= layout.keyOf(place, this.value));
  }

  /** The version that is committed at this timestamp. */
  resolve(ts: bigint): StoredDocument {
    return this.isPending
      ? new StoredDocument(this.table, resolvePlaceholders(this.value, ts))
      : this;
  }
}
