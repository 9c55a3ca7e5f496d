/**
 * Writes on the platform.
 *
 * Each checks in the backend's order: arguments, the document itself, whether anything
 * changes at all, the schema, its size, the transaction's limits. Only then does it reach
 * the store. Sources in convex-backend: crates/isolate/src/environment/udf/async_syscall.rs,
 * crates/database/src/transaction.rs, crates/common/src/document.rs.
 */
import type { JSONValue, Value } from "convex/values";
import { displayFloat, displayValue } from "../schema/displayValue.js";
import { renderDocumentFailure } from "../schema/renderPlatform.js";
import { checkValidator } from "../schema/validator.js";
import { DeveloperError } from "../values/developerError.js";
import type { StoredDocument } from "../values/document.js";
import { areEqual } from "../values/equality.js";
import {
  checkDocument,
  checkedSize,
  identifierProblem,
  type Fields,
} from "./documentChecks.js";
import {
  checkTable,
  guardSystemTable,
  invalidArgument,
  objectArgument,
  patchArgument,
  resolveId,
} from "./platformArguments.js";
import { readDocument } from "./platformReads.js";
import type { DocumentAddress, DocumentWrite, Frame } from "./profile.js";

export function insertDocument(
  frame: Frame,
  table: string,
  json: JSONValue,
): StoredDocument {
  checkWritable(frame, "insert");
  const value = objectArgument("db.insert", json);
  const problem = identifierProblem(table);
  if (problem !== null) {
    throw invalidArgument("db.insert", "table", problem);
  }
  guardSystemTable(table, false);
  const { _id, _creationTime, ...fields } = value;
  if (_id !== undefined || _creationTime !== undefined) {
    const name = _id === undefined ? "_creationTime" : "_id";
    throw new DeveloperError(
      _id === undefined ? "InvalidCreationTimeError" : "InvalidIdError",
      `A new document's '${name}' field is the system's, but ` +
        `${displayValue(value[name])} was provided`,
    );
  }
  checkDocument(fields);
  enforceSchema(frame, table, fields);
  frame.usage.recordWrite(checkedSize(fields));
  return frame.transaction.insert(frame.namespace, table, fields);
}

export function patchDocument(frame: Frame, write: DocumentWrite): void {
  const { id, table } = resolveWrite(frame, "db.patch", "patch", write);
  const changes = patchArgument(write.value);
  guardSystemTable(table, false);
  const document = existing(frame, table, id, "Update");
  const merged: Record<string, Value | undefined> = { ...document.value, ...changes };
  store(frame, document, defined(merged));
}

export function replaceDocument(frame: Frame, write: DocumentWrite): void {
  const { id, table } = resolveWrite(frame, "db.replace", "replace", write);
  const value = objectArgument("db.replace", write.value);
  guardSystemTable(table, false);
  store(frame, existing(frame, table, id, "Replace"), value);
}

export function removeDocument(frame: Frame, address: DocumentAddress): void {
  const { id, table } = resolveWrite(frame, "db.delete", "delete", address);
  guardSystemTable(table, false);
  existing(frame, table, id, "Delete");
  frame.usage.recordWrite(0);
  frame.transaction.remove(frame.namespace, table, id);
}

/** Writes the document's new value, unless it is the old one. */
function store(frame: Frame, document: StoredDocument, value: Fields): void {
  const { _id, _creationTime, ...fields } = value;
  checkSystemFields(document, _id, _creationTime);
  checkDocument(fields);
  const { _id: _oldId, _creationTime: _oldTime, ...old } = document.value;
  if (areEqual(old, fields)) {
    return;
  }
  enforceSchema(frame, document.table, fields);
  frame.usage.recordWrite(checkedSize(fields));
  frame.transaction.replace(frame.namespace, document.table, document.id, fields);
}

function checkSystemFields(
  { id, value }: StoredDocument,
  givenId: Value | undefined,
  givenTime: Value | undefined,
): void {
  if (givenId !== undefined && givenId !== id) {
    throw new DeveloperError(
      "InvalidIdError",
      `Provided document ID "${id}" doesn't match '_id' field ${displayValue(givenId)}`,
    );
  }
  if (givenTime !== undefined && givenTime !== value._creationTime) {
    throw new DeveloperError(
      "InvalidCreationTimeError",
      `Provided creation time CreationTime(${displayFloat(value._creationTime as number)}) ` +
        `doesn't match '_creationTime' field in ${displayValue(givenTime)}`,
    );
  }
}

function enforceSchema(frame: Frame, table: string, fields: Fields): void {
  const { schema } = frame.namespace;
  const type = schema?.validates === true ? schema.tables.get(table)?.documentType : null;
  if (type === null || type === undefined) {
    return;
  }
  const failure = checkValidator(type, fields, (id) => frame.tableOf(id));
  if (failure !== null) {
    throw new DeveloperError(
      "SchemaEnforcementError",
      renderDocumentFailure(table, failure),
    );
  }
}

function existing(frame: Frame, table: string, id: string, verb: string): StoredDocument {
  const document = readDocument(frame, table, id);
  if (document === null) {
    throw new DeveloperError(
      "NonexistentDocument",
      `${verb} on nonexistent document ID ${id}`,
    );
  }
  return document;
}

function resolveWrite(
  frame: Frame,
  method: string,
  operation: string,
  address: DocumentAddress,
): { id: string; table: string } {
  checkWritable(frame, operation);
  const { id, table } = resolveId(frame, method, address.id);
  if (table === null) {
    throw invalidArgument(method, "id", `Table for ID "${id}" not found`);
  }
  checkTable(method, address.table, table);
  return { id, table };
}

function checkWritable(frame: Frame, operation: string): void {
  if (!frame.isWritable) {
    throw new DeveloperError(
      "ReadOnlyFunction",
      `Operation ${operation} not permitted in a query`,
    );
  }
}

function defined(fields: Record<string, Value | undefined>): Fields {
  const kept: Fields = {};
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined) {
      kept[name] = value;
    }
  }
  return kept;
}
