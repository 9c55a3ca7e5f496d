/** Names in a schema, which convex-test checks when a deployment is made. */
import type { SchemaDefinition } from "convex/server";
import type { ValidatorJSON } from "convex/values";
import type { NamespaceSchema } from "../schema/schema.js";

/** Any schema definition; the types of its tables are of no use here. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as convex itself writes it
export type AnySchema = SchemaDefinition<any, boolean>;

export function checkSchemaNames(schema: NamespaceSchema | null): void {
  if (schema === null) return;
  for (const [tableName, table] of schema.tables) {
    checkName("Table", tableName);
    if (table.documentType !== null) checkFieldNames(table.documentType);
    for (const { name } of table.indexes) checkName("Index", name);
  }
}

/** Only the outermost fields: those of nested objects are not looked at. */
function checkFieldNames(validator: ValidatorJSON): void {
  if (validator.type === "object") {
    for (const name of Object.keys(validator.value)) checkName("Field", name);
  }
  if (validator.type === "union") validator.value.forEach(checkFieldNames);
}

function checkName(what: "Table" | "Field" | "Index", name: string): void {
  if (!/^(_id|_creationTime|[a-zA-Z][a-zA-Z0-9_]*)$/.test(name)) {
    throw new Error(`${what} names must be valid identifiers, got "${name}"`);
  }
}
