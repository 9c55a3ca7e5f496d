/** Reads of single documents on the platform, and what a read costs. */
import type { StoredDocument } from "../values/document.js";
import { checkTable, guardSystemTable, resolveId } from "./platformArguments.js";
import type { DocumentAddress, Frame } from "./profile.js";

export function getDocument(
  frame: Frame,
  address: DocumentAddress,
): StoredDocument | null {
  const isSystem = address.isSystem === true;
  const method = isSystem ? "db.system.get" : "db.get";
  const { id, table } = resolveId(frame, method, address.id);
  if (table === null) {
    // Of a table this namespace does not have: nothing is read.
    return null;
  }
  guardSystemTable(table, isSystem);
  checkTable(method, address.table, table);
  return readDocument(frame, table, id);
}

/** System documents are read at the cost of an interval only. */
export function recordRow(frame: Frame, row: StoredDocument): void {
  if (!row.table.startsWith("_")) {
    frame.usage.recordRead(row.size);
  }
}

export function readDocument(
  frame: Frame,
  table: string,
  id: string,
): StoredDocument | null {
  const document = frame.transaction.get(frame.namespace, table, id);
  if (document !== null) {
    recordRow(frame, document);
  }
  frame.usage.recordQuery();
  return document;
}
