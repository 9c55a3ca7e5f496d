/**
 * convex-test 0.0.60's rules of the database, in its words.
 *
 * Kept because suites see them: ids are looked up without regard to the kind of table, a
 * new document's `_id` is overwritten, validation sees the fields that a patch has set to
 * undefined, every write counts even if nothing changes, and counting comes after the fact.
 */
import { jsonToConvex, type JSONValue, type Value } from "convex/values";
import { resolvePending } from "../query/compare.js";
import { readConvexTestPage } from "../query/convexTestPage.js";
import type { Page } from "../query/page.js";
import type { PageRequest } from "../query/serialized.js";
import { checkConvexTestValidator } from "../schema/convexTestValidator.js";
import { convexTestUsage } from "../usage/rules.js";
import type { StoredDocument } from "../values/document.js";
import type {
  DatabaseProfile,
  DocumentAddress,
  DocumentWrite,
  Frame,
} from "./profile.js";

type Fields = Record<string, Value | undefined>;

export const convexTestDatabase: DatabaseProfile = {
  dialect: "convexTest",
  streams: "eager",
  usageRules: convexTestUsage,
  tableOf: convexTestTableOf,
  get(frame, address) {
    frame.usage.recordQuery();
    return readAndCount(frame, address);
  },
  insert,
  patch,
  replace,
  remove,
  recordRow: (frame, row) => frame.usage.recordRead(row.size),
  recordQueryStart: (frame) => frame.usage.recordQuery(),
  recordRange: () => undefined,
  page,
  cleanupResult: () => "{}",
  unknownQuery: "Bad queryId",
  unknownOperation: (kind, op) =>
    new Error(
      `\`convexTest\` does not support ${kind === "async" ? "async " : ""}syscall: "1.0/${op}"`,
    ),
};

/** Table of an id in convex-test's format: a number, then the table's name. */
export function convexTestTableOf(id: string): string | null {
  const table = id.replace(/^[0-9]+/, "");
  return table === id || table === "" ? null : table;
}

function insert(frame: Frame, table: string, json: JSONValue): StoredDocument {
  const value = jsonToConvex(json) as Fields;
  validate(frame, table, value);
  const { transaction, namespace } = frame;
  const document = transaction.insert(namespace, table, withoutSystemFields(value));
  frame.usage.recordWrite(document.size);
  return document;
}

function patch(frame: Frame, write: DocumentWrite): void {
  const found = readAndCount(frame, write);
  const changes = writtenFields("patch", write.value);
  const document = existing(found, write, "Patch");
  checkSystemFields(document, changes);
  const merged: Fields = { ...withoutSystemFields(document.value) };
  for (const [name, json] of Object.entries(changes)) {
    if (name !== "_id" && name !== "_creationTime") {
      merged[name] = writtenValue(json);
    }
  }
  store(frame, document, merged);
}

function replace(frame: Frame, write: DocumentWrite): void {
  const found = readAndCount(frame, write);
  const fields = writtenFields("replace", write.value);
  const document = existing(found, write, "Replace");
  checkSystemFields(document, fields);
  const value: Fields = {};
  for (const [name, json] of Object.entries(fields)) {
    if (name !== "_id" && name !== "_creationTime") {
      value[name] = writtenValue(json);
    }
  }
  store(frame, document, value);
}

function remove(frame: Frame, address: DocumentAddress): void {
  const document = readAndCount(frame, address);
  if (document === null) {
    throw new Error("Delete on non-existent doc");
  }
  frame.transaction.remove(frame.namespace, document.table, document.id);
  frame.usage.recordWrite(0);
}

function store(frame: Frame, document: StoredDocument, fields: Fields): void {
  const { table, id } = document;
  validate(frame, table, fields);
  const stored = frame.transaction.replace(
    frame.namespace,
    table,
    id,
    withoutSystemFields(fields),
  );
  frame.usage.recordWrite(stored.size);
}

function page(frame: Frame, request: PageRequest, earlier: number): Page {
  if (earlier > 0) {
    throw new Error(
      "Only a single paginated query (`.paginate()`) is allowed per function execution. " +
        "Calling `.paginate()` more than once in a single Convex function fails at runtime " +
        "in a deployed backend. This is a Convex limit: " +
        "https://docs.convex.dev/database/pagination",
    );
  }
  const read = readConvexTestPage(frame, request);
  frame.usage.recordQuery();
  for (const document of read.documents) {
    frame.usage.recordRead(document.size);
  }
  return read;
}

function existing(
  document: StoredDocument | null,
  { id }: DocumentAddress,
  operation: string,
): StoredDocument {
  if (document === null) {
    throw new Error(`${operation} on non-existent document with ID "${printed(id)}"`);
  }
  return document;
}

function readAndCount(
  frame: Frame,
  { id, table }: DocumentAddress,
): StoredDocument | null {
  checkId(table, id);
  const idTable = convexTestTableOf(id as string);
  const document =
    idTable === null
      ? null
      : frame.transaction.get(frame.namespace, idTable, id as string);
  if (document !== null) {
    frame.usage.recordRead(document.size);
  }
  return document;
}

function checkId(expectedTable: string | undefined, id: JSONValue): void {
  if (typeof id !== "string") {
    const got = `'${typeof id}': ${printed(id)}`;
    throw new Error(`Invalid argument \`id\`, expected string but got ${got}`);
  }
  if (expectedTable === undefined) {
    return;
  }
  const table = convexTestTableOf(id);
  if (table === null) {
    throw new Error(`Invalid argument \`id\`, expected ID value but got '${id}'`);
  }
  if (table !== expectedTable) {
    throw new Error(
      `Invalid argument \`id\`, expected ID in table '${expectedTable}' but got ID in ` +
        `table '${table}'`,
    );
  }
}

function writtenFields(method: string, json: JSONValue): Record<string, JSONValue> {
  if (typeof json !== "object") {
    throw new Error(
      `Invalid argument \`value\` in \`db.${method}\`, expected object but got ` +
        `'${typeof json}': ${printed(json)}`,
    );
  }
  return json as Record<string, JSONValue>;
}

/** The given system fields are JSON still, as convex-test compares them. */
function checkSystemFields(
  { value }: StoredDocument,
  given: Record<string, JSONValue>,
): void {
  if (given._id !== undefined && given._id !== value._id) {
    throw new Error(
      `Provided \`_id\` field value "${printed(given._id)}" does not match the document ID ` +
        `"${printed(value._id)}"`,
    );
  }
  if (given._creationTime !== undefined && given._creationTime !== value._creationTime) {
    throw new Error(
      `Provided \`_creationTime\` field value ${printed(given._creationTime)} does not match ` +
        `the document's creation time ${printed(value._creationTime)}`,
    );
  }
}

function writtenValue(json: JSONValue): Value | undefined {
  const isUndefined = typeof json === "object" && json !== null && "$undefined" in json;
  return isUndefined ? undefined : jsonToConvex(json);
}

/** Validates the view before the commit: a pending timestamp counts as an int64. */
function validate(frame: Frame, table: string, fields: Fields): void {
  const { schema } = frame.namespace;
  const type = schema?.validates === true ? schema.tables.get(table)?.documentType : null;
  if (type === null || type === undefined) {
    return;
  }
  const view = resolvePending(fields as Value);
  const problem = checkConvexTestValidator(type, view, convexTestTableOf);
  if (problem !== null) {
    throw new Error(problem);
  }
}

function withoutSystemFields(value: Fields): Record<string, Value> {
  const fields: Record<string, Value> = {};
  for (const name in value) {
    const field = value[name];
    if (field !== undefined && name !== "_id" && name !== "_creationTime") {
      fields[name] = field;
    }
  }
  return fields;
}

/** As a template literal would print it. */
function printed(value: Value | undefined): string {
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- convex-test prints it so
  return String(value);
}
