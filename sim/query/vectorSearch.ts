/**
 * Vector search by comparing with every vector, as convex-test 0.0.60 does: cosine
 * similarity, best first, equal scores in the order of creation.
 *
 * The platform's is approximate and eventually consistent with nothing to configure;
 * here both dialects are exact. Only the checks differ.
 */
import type { JSONValue, Value } from "convex/values";
import { VECTOR_RESULTS_DEFAULT, VECTOR_RESULTS_MAX } from "../constants/queryLimits.js";
import type { NamespaceSchema, VectorIndexSchema } from "../schema/schema.js";
import { DeveloperError } from "../values/developerError.js";
import { viewOf } from "./compare.js";
import { fieldReader } from "./fields.js";
import { compileFilter } from "./filter.js";
import { undeclaredIndex, type Dialect } from "./plan.js";
import type { Rows } from "./rows.js";
import { splitIndexName } from "./serialized.js";

export interface VectorQuery {
  /** `table.index` */
  readonly indexName: string;
  readonly vector: readonly number[];
  readonly limit?: number;
  readonly expressions: JSONValue;
}

export interface VectorMatch {
  readonly _id: string;
  readonly _score: number;
}

/** `rows`: all documents of the table in the order of their creation. */
export function vectorSearch(
  query: VectorQuery,
  rows: Rows,
  schema: NamespaceSchema | null,
  dialect: Dialect,
): VectorMatch[] {
  const { vectorField, dimensions } = vectorIndex(query.indexName, schema, dialect);
  if (dialect === "platform") {
    checkQuery(query, dimensions);
  }
  const predicate =
    query.expressions === null ? () => true : compileFilter(query.expressions, dialect);
  const readVector = fieldReader(vectorField);
  const matches: VectorMatch[] = [];
  for (let row = rows.next(); row !== null; row = rows.next()) {
    const view = viewOf(row);
    const vector = readVector(view);
    // convex-test fails on a document without a vector, and so does its dialect.
    if (predicate(view) && (dialect === "convexTest" || isVector(vector, dimensions))) {
      matches.push({
        _id: row.id,
        _score: cosineSimilarity(query.vector, vector as number[]),
      });
    }
  }
  rows.close();
  matches.sort((left, right) => right._score - left._score);
  const limit =
    query.limit ?? (dialect === "platform" ? VECTOR_RESULTS_DEFAULT : undefined);
  return matches.slice(0, limit);
}

function vectorIndex(
  indexName: string,
  schema: NamespaceSchema | null,
  dialect: Dialect,
): VectorIndexSchema {
  const { table, index } = splitIndexName(indexName);
  const indexes = schema?.tables.get(table)?.vectorIndexes;
  const declared = indexes?.find(({ name }) => name === index);
  if (declared === undefined) {
    throw dialect === "platform"
      ? new DeveloperError("IndexNotFoundError", `Index ${indexName} not found.`)
      : undeclaredIndex("vector index", table, index);
  }
  return declared;
}

function checkQuery(query: VectorQuery, dimensions: number): void {
  const { limit = VECTOR_RESULTS_DEFAULT, vector } = query;
  if (!(limit >= 1 && limit <= VECTOR_RESULTS_MAX)) {
    throw new DeveloperError(
      "InvalidVectorLimitError",
      `Vector queries require a limit between 1 and ${VECTOR_RESULTS_MAX}, got ${limit}`,
    );
  }
  if (vector.length !== dimensions) {
    throw new DeveloperError(
      "VectorDimensionError",
      `The vector has ${vector.length} dimensions, but the index ${query.indexName} has ` +
        `${dimensions}`,
    );
  }
}

function isVector(value: Value | undefined, dimensions: number): value is number[] {
  return Array.isArray(value) && value.length === dimensions;
}

function cosineSimilarity(left: readonly number[], right: readonly number[]): number {
  let product = 0;
  let leftSquared = 0;
  let rightSquared = 0;
  for (let at = 0; at < left.length; at += 1) {
    product += left[at]! * right[at]!;
    leftSquared += left[at]! * left[at]!;
    rightSquared += right[at]! * right[at]!;
  }
  return leftSquared === 0 || rightSquared === 0
    ? 0
    : product / (Math.sqrt(leftSquared) * Math.sqrt(rightSquared));
}
