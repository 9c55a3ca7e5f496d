/**
 * The schema of one namespace, as the store and the queries use it.
 *
 * Owns the translation of what `defineSchema` exports. Knows no documents: whether one
 * matches its table's validator is {@link checkValidator}'s business.
 */
import type { GenericSchema, SchemaDefinition } from "convex/server";
import type { ValidatorJSON } from "convex/values";

export interface IndexSchema {
  readonly name: string;
  /** As declared: without the `_creationTime` and `_id` that end every index key. */
  readonly fields: readonly string[];
}

export interface SearchIndexSchema {
  readonly name: string;
  readonly searchField: string;
  readonly filterFields: readonly string[];
}

export interface VectorIndexSchema {
  readonly name: string;
  readonly vectorField: string;
  readonly dimensions: number;
  readonly filterFields: readonly string[];
}

interface TableSchema {
  readonly indexes: readonly IndexSchema[];
  readonly searchIndexes: readonly SearchIndexSchema[];
  readonly vectorIndexes: readonly VectorIndexSchema[];
  /** Null: any document. */
  readonly documentType: ValidatorJSON | null;
}

export interface NamespaceSchema {
  /** False when the schema was defined with `schemaValidation: false`. */
  readonly validates: boolean;
  readonly tables: ReadonlyMap<string, TableSchema>;
}

/** What a table definition's internal `export()` returns, as far as it is used here. */
interface ExportedTable {
  indexes: { indexDescriptor: string; fields: string[] }[];
  searchIndexes: {
    indexDescriptor: string;
    searchField: string;
    filterFields: string[];
  }[];
  vectorIndexes: {
    indexDescriptor: string;
    vectorField: string;
    dimensions: number;
    filterFields: string[];
  }[];
  documentType: ValidatorJSON;
}

/** The namespace's schema from the default export of a `schema.ts`; null stays null. */
export function namespaceSchema(
  definition: SchemaDefinition<GenericSchema, boolean> | null | undefined,
): NamespaceSchema | null {
  if (definition === null || definition === undefined) {
    return null;
  }
  const tables = new Map<string, TableSchema>();
  for (const [name, table] of Object.entries(definition.tables)) {
    const exported = (table as unknown as { export(): ExportedTable }).export();
    tables.set(name, tableSchema(exported));
  }
  const validates = (definition as { schemaValidation?: boolean }).schemaValidation;
  return { validates: validates ?? true, tables };
}

function tableSchema(exported: ExportedTable): TableSchema {
  return {
    indexes: exported.indexes.map(({ indexDescriptor, fields }) => ({
      name: indexDescriptor,
      fields,
    })),
    searchIndexes: exported.searchIndexes.map(({ indexDescriptor, ...rest }) => ({
      name: indexDescriptor,
      searchField: rest.searchField,
      filterFields: rest.filterFields,
    })),
    vectorIndexes: exported.vectorIndexes.map(({ indexDescriptor, ...rest }) => ({
      name: indexDescriptor,
      vectorField: rest.vectorField,
      dimensions: rest.dimensions,
      filterFields: rest.filterFields,
    })),
    documentType: exported.documentType,
  };
}
