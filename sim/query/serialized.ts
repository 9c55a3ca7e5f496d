/**
 * The JSON in which the client sends a query (convex 1.48.0, src/server/impl/query_impl.ts),
 * and in which it asks for a page of one.
 */
import type { JSONValue } from "convex/values";

export type Order = "asc" | "desc";

export interface RangeExpression {
  readonly type: "Eq" | "Gt" | "Gte" | "Lt" | "Lte";
  readonly fieldPath: string;
  readonly value: JSONValue;
}

export interface SearchFilter {
  readonly type: "Search" | "Eq";
  readonly fieldPath: string;
  readonly value: JSONValue;
}

export type QuerySource =
  | { type: "FullTableScan"; tableName: string; order: Order | null }
  | {
      type: "IndexRange";
      /** `table.index` */
      indexName: string;
      range: readonly RangeExpression[];
      order: Order | null;
    }
  | { type: "Search"; indexName: string; filters: readonly SearchFilter[] };

export type QueryOperator = { filter: JSONValue } | { limit: number };

export interface SerializedQuery {
  readonly source: QuerySource;
  readonly operators: readonly QueryOperator[];
}

export interface PageRequest {
  readonly query: SerializedQuery;
  readonly cursor: string | null;
  readonly endCursor: string | null;
  readonly pageSize: number;
  readonly maximumRowsRead?: number | null;
  readonly maximumBytesRead?: number | null;
}

export function splitIndexName(indexName: string): { table: string; index: string } {
  const dot = indexName.indexOf(".");
  return { table: indexName.slice(0, dot), index: indexName.slice(dot + 1) };
}
