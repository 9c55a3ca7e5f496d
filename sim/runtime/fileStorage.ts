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

/** A file that is about to be stored. */
export interface NewFile {
  readonly bytes: Buffer;
  /** "" if it has none. */
  readonly contentType: string;
  /** What the bytes should hash to, in base64 or hexadecimal. */
  readonly expectedSha256?: string;
}

interface PreparedFile {
  readonly bytes: Buffer;
  readonly fields: Record<string, Value>;
}

export class FileStorage {
  readonly #bytes = new Map<string, Buffer>();

  /** Makes the row of a file. Wording: `upload_file` in crates/file_storage/src/core.rs. */
  prepare({ bytes, contentType, expectedSha256 }: NewFile): PreparedFile {
    const sha256 = createHash("sha256").update(bytes).digest("base64");
    const expected = expectedSha256 === undefined ? sha256 : toBase64(expectedSha256);
    if (expected !== sha256) {
      throw userFailure(`Sha256 mismatch. Expected: ${expected} Actual: ${sha256}`);
    }
    const fields: Record<string, Value> = { sha256, size: bytes.length };
    if (contentType !== "") fields.contentType = contentType;
    return { bytes, fields };
  }

  /** The bytes are there for whoever learns the id. */
  insert(tx: Transaction, namespace: Namespace, { bytes, fields }: PreparedFile): string {
    const { id } = tx.insert(namespace, STORAGE_TABLE, fields);
    this.#bytes.set(id, bytes);
    return id;
  }

  /** The bytes of a row that this transaction sees, and their type. */
  read(
    tx: Transaction,
    namespace: Namespace,
    id: string,
  ): { bytes: Buffer<ArrayBuffer>; contentType: string | null } | null {
    const row = this.#row(tx, namespace, id);
    const bytes = this.#bytes.get(id);
    if (!row || !bytes) return null;
    const { contentType = null } = row.value as unknown as FileMetadata;
    return { bytes: Buffer.from(bytes), contentType };
  }

  url(tx: Transaction, namespace: Namespace, id: string): string | null {
    return this.#row(tx, namespace, id) ? `${BASE_URL}/${id}` : null;
  }

  metadata(tx: Transaction, namespace: Namespace, id: string): FileMetadata | null {
    const row = this.#row(tx, namespace, id);
    if (!row) return null;
    const { sha256, size, contentType = null } = row.value as unknown as FileMetadata;
    // The row has it in base64, this answer in hexadecimal (`storage_get_metadata` in
    // crates/isolate/src/environment/udf/async_syscall.rs at 94a42c3d).
    const hex = Buffer.from(sha256, "base64").toString("hex");
    return { storageId: id, sha256: hex, size, contentType };
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

const HEX_SHA256 = /^[0-9a-f]{64}$/i;

function toBase64(sha256: string): string {
  const isHex = HEX_SHA256.test(sha256);
  return isHex ? Buffer.from(sha256, "hex").toString("base64") : sha256;
}
