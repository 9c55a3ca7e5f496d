/**
 * Turns a query's JSON into what is to be read: a range of an index or a search, and the
 * operators over its rows.
 *
 * Two dialects, "platform" and "convexTest": they refuse different ranges, in different
 * words, and apply operators differently: the platform in the order given, convex-test
 * all filters first and of the limits only the first.
 */
import type { NamespaceSchema } from "../schema/schema.js";
import { DeveloperError } from "../values/developerError.js";
import { encodeKey, prefixRange, type KeyRange } from "../values/keys.js";
import { keyRange } from "./bounds.js";
import { convexTestBounds } from "./convexTestRange.js";
import { compileFilter, type Ordering } from "./filter.js";
import { platformBounds } from "./platformRange.js";
import type { PlannedOperator } from "./rows.js";
import {
  splitIndexName,
  type Order,
  type QueryOperator,
  type QuerySource,
  type SearchFilter,
  type SerializedQuery,
} from "./serialized.js";
import { QUERY_OPERATORS_MAX } from "../constants/queryLimits.js";

export type Dialect = Ordering;

export interface IndexPlan {
  readonly kind: "index";
  readonly table: string;
  readonly index: string;
  /** Fields of the index key, `_creationTime` and `_id` included. */
  readonly key: readonly string[];
  readonly range: KeyRange;
  readonly order: Order;
  readonly operators: readonly PlannedOperator[];
}

export interface SearchPlan {
  readonly kind: "search";
  readonly table: string;
  readonly index: string;
  readonly filters: readonly SearchFilter[];
  readonly order: "asc";
  readonly operators: readonly PlannedOperator[];
}

export type QueryPlan = IndexPlan | SearchPlan;

const WHOLE_TABLE = prefixRange(encodeKey([]));
const CREATION_TIME_KEY = ["_creationTime", "_id"];

export function planQuery(
  query: SerializedQuery,
  schema: NamespaceSchema | null,
  dialect: Dialect,
): QueryPlan {
  const operators = planOperators(query.operators, dialect);
  const { source } = query;
  switch (source.type) {
    case "FullTableScan":
      return {
        kind: "index",
        table: source.tableName,
        index: "by_creation_time",
        key: CREATION_TIME_KEY,
        range: WHOLE_TABLE,
        order: source.order ?? "asc",
        operators,
      };
    case "IndexRange":
      return { ...planRange(source, schema, dialect), operators };
    case "Search": {
      const { table, index } = splitIndexName(source.indexName);
      const { filters } = source;
      return { kind: "search", table, index, filters, order: "asc", operators };
    }
  }
}

function planRange(
  source: Extract<QuerySource, { type: "IndexRange" }>,
  schema: NamespaceSchema | null,
  dialect: Dialect,
): Omit<IndexPlan, "operators"> {
  const { table, index } = splitIndexName(source.indexName);
  const fields = indexFields(table, index, schema, dialect);
  const key = [...fields, "_id"];
  const bounds =
    dialect === "platform"
      ? platformBounds(source.indexName, fields, source.range)
      : convexTestBounds(key, source.range);
  const range = keyRange(bounds, key.length);
  return { kind: "index", table, index, key, range, order: source.order ?? "asc" };
}

/** Fields of the index key without `_id`. */
function indexFields(
  table: string,
  index: string,
  schema: NamespaceSchema | null,
  dialect: Dialect,
): readonly string[] {
  if (index === "by_id") {
    return [];
  }
  if (index === "by_creation_time") {
    return ["_creationTime"];
  }
  const declared = schema?.tables.get(table)?.indexes.find(({ name }) => name === index);
  if (declared === undefined) {
    throw dialect === "platform"
      ? new DeveloperError("IndexNotFoundError", `Index ${table}.${index} not found.`)
      : undeclaredIndex("index", table, index);
  }
  return [...declared.fields, "_creationTime"];
}

/** What convex-test says of an index or vector index that the schema does not declare. */
export function undeclaredIndex(kind: string, table: string, index: string): Error {
  return new Error(
    `Cannot use ${kind} "${index}" for table "${table}" because it is not declared in ` +
      "the schema.",
  );
}

function planOperators(
  operators: readonly QueryOperator[],
  dialect: Dialect,
): PlannedOperator[] {
  if (dialect === "platform" && operators.length > QUERY_OPERATORS_MAX) {
    throw new DeveloperError(
      "InvalidArgument",
      `Query has too many operators: ${operators.length}`,
    );
  }
  const planned = operators.map((operator) => planOperator(operator, dialect));
  if (dialect === "platform") {
    return planned;
  }
  const limits = planned.filter(({ kind }) => kind === "limit");
  return [...planned.filter(({ kind }) => kind === "filter"), ...limits.slice(0, 1)];
}

function planOperator(operator: QueryOperator, dialect: Dialect): PlannedOperator {
  if ("limit" in operator) {
    return { kind: "limit", limit: operator.limit };
  }
  return { kind: "filter", predicate: compileFilter(operator.filter, dialect) };
}
