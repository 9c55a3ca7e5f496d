/**
 * File storage: the blobs, beside the `_storage` rows that tell of them.
 *
 * Owns the bytes. A row's life is a transaction's; bytes are kept as long as the deployment,
 * since a transaction that ends in nothing must not have lost them.
 */
import { createHash } from "node:crypto";
import type { Value } from "convex/values";
import { STORAGE_TABLE } from "../store/namespace.js";
import type { Namespace, Transaction } from "../store/store.js";
import type { StoredDocument } from "../values/document.js";
import { userFailure } from "./failure.js";

/** What `storage.getMetadata` answers. */
export interface FileMetadata {
  readonly storageId: string;
  readonly sha256: string;
  readonly size: number;
  readonly contentType: string | null;
}

/** Where a real deployment would serve its files; nothing listens there. */
const BASE_URL = "https://embedded.convex.invalid/api/storage";

export class FileStorage {
  readonly #blobs = new Map<string, Blob>();

  /** Makes a row for a blob; the bytes are there for whoever learns the id. */
  async prepare(blob: Blob): Promise<{ fields: Record<string, Value>; blob: Blob }> {
    const bytes = Buffer.from(await blob.arrayBuffer());
    const sha256 = createHash("sha256").update(bytes).digest("base64");
    const fields: Record<string, Value> = { sha256, size: blob.size };
    if (blob.type !== "") fields.contentType = blob.type;
    return { blob, fields };
  }

  insert(
    tx: Transaction,
    namespace: Namespace,
    prepared: { fields: Record<string, Value>; blob: Blob },
  ): string {
    const { id } = tx.insert(namespace, STORAGE_TABLE, prepared.fields);
    this.#blobs.set(id, prepared.blob);
    return id;
  }

  /** The blob of a row that this transaction sees. */
  blob(tx: Transaction, namespace: Namespace, id: string): Blob | null {
    return this.#row(tx, namespace, id) ? (this.#blobs.get(id) ?? null) : null;
  }

  url(tx: Transaction, namespace: Namespace, id: string): string | null {
    return this.#row(tx, namespace, id) ? `${BASE_URL}/${id}` : null;
  }

  metadata(tx: Transaction, namespace: Namespace, id: string): FileMetadata | null {
    const row = this.#row(tx, namespace, id);
    if (!row) return null;
    const { sha256, size, contentType = null } = row.value as unknown as FileMetadata;
    return { storageId: id, sha256, size, contentType };
  }

  remove(tx: Transaction, namespace: Namespace, id: string): void {
    if (!this.#row(tx, namespace, id)) {
      throw userFailure(`No file is stored under the ID ${JSON.stringify(id)}.`);
    }
    tx.remove(namespace, STORAGE_TABLE, id);
  }

  /** An address to which a file could be posted. */
  uploadUrl(token: string): string {
    return `${BASE_URL}/upload?token=${token}`;
  }

  #row(tx: Transaction, namespace: Namespace, id: string): StoredDocument | null {
    return tx.get(namespace, STORAGE_TABLE, id);
  }
}
