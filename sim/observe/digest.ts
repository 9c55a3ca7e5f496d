/** A digest of all that is durable: two stores with the same one hold the same documents. */
import { createHash } from "node:crypto";

import { DIGEST_CHUNK_LENGTH } from "../constants/observe.js";

/** One committed document. */
export interface DurableDocument {
  /** Path of the component, "" for the app. */
  readonly component: string;
  readonly table: string;
  readonly id: string;
  /** All fields, system fields included, as JSON. */
  readonly json: string;
}

/** Digests documents in the order given, which must be that of component, table and id. */
export function digestDocuments(documents: Iterable<DurableDocument>): string {
  const hash = createHash("sha256");
  let chunk = "";
  for (const { component, table, id, json } of documents) {
    // Each part in quotes, so that no two lists of documents give the same text.
    chunk += JSON.stringify([component, table, id, json]);
    if (chunk.length <= DIGEST_CHUNK_LENGTH) continue;
    hash.update(chunk);
    chunk = "";
  }
  return hash.update(chunk).digest("hex");
}
