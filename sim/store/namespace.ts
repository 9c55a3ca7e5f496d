/**
 * The tables of one component, or of the app.
 *
 * Tables come into being when somebody first names them, as on the platform; an empty one
 * that was only read is no different from a missing one.
 */
import { FIRST_SYSTEM_TABLE_NUMBER, FIRST_USER_TABLE_NUMBER } from "../constants/ids.js";
import type { IndexSchema, NamespaceSchema } from "../schema/schema.js";
import type { IdNamespace } from "../values/ids.js";
import { Table } from "./table.js";

export const SCHEDULED_FUNCTIONS_TABLE = "_scheduled_functions";
export const STORAGE_TABLE = "_storage";

export class Namespace implements IdNamespace {
  /** "" is the app. */
  readonly path: string;
  #schema: NamespaceSchema | null;
  readonly #tables = new Map<string, Table>();
  readonly #tablesByNumber = new Map<number, Table>();
  #nextSystemNumber = FIRST_SYSTEM_TABLE_NUMBER;
  #nextUserNumber = FIRST_USER_TABLE_NUMBER;

  constructor(path: string, schema: NamespaceSchema | null) {
    this.path = path;
    this.#schema = schema;
    this.table(SCHEDULED_FUNCTIONS_TABLE);
    this.table(STORAGE_TABLE);
    this.#addDeclaredTables();
  }

  get schema(): NamespaceSchema | null {
    return this.#schema;
  }

  /** In the order in which they came. */
  get tables(): Iterable<Table> {
    return this.#tables.values();
  }

  findTable(name: string): Table | null {
    return this.#tables.get(name) ?? null;
  }

  findTableByNumber(number: number): Table | null {
    return this.#tablesByNumber.get(number) ?? null;
  }

  /** The table of that name, made if there is none. */
  table(name: string): Table {
    return this.#tables.get(name) ?? this.#addTable(name);
  }

  /** A deploy. Tables that the schema no longer names keep their documents. */
  setSchema(schema: NamespaceSchema | null, commit: number, ts: bigint): void {
    this.#schema = schema;
    this.#addDeclaredTables();
    for (const table of this.#tables.values()) {
      table.setIndexes(this.#indexesOf(table.name), commit, ts);
    }
  }

  #addDeclaredTables(): void {
    for (const name of this.#schema?.tables.keys() ?? []) {
      this.table(name);
    }
  }

  #addTable(name: string): Table {
    const number = name.startsWith("_")
      ? this.#nextSystemNumber++
      : this.#nextUserNumber++;
    const ref = { component: this.path, name, number };
    const table = new Table(ref, this.#indexesOf(name));
    this.#tables.set(name, table);
    this.#tablesByNumber.set(number, table);
    return table;
  }

  #indexesOf(name: string): readonly IndexSchema[] {
    return this.#schema?.tables.get(name)?.indexes ?? [];
  }
}
