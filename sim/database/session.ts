/**
 * The database as one running function sees it: its syscalls, JSON in and JSON out.
 *
 * Owns the function's open queries and its count of pages. A document goes out as the JSON
 * its stored version has computed once. Everything is synchronous: latency is the
 * runtime's business, and so are syscalls that are not the database's.
 */
import { convexToJson, type JSONValue } from "convex/values";
import { openRows, tableRows } from "../query/open.js";
import { planQuery } from "../query/plan.js";
import {
  arrayRows,
  OperatorStream,
  type PlannedOperator,
  type RowGate,
  type Rows,
} from "../query/rows.js";
import {
  splitIndexName,
  type PageRequest,
  type SerializedQuery,
} from "../query/serialized.js";
import { vectorSearch, type VectorQuery } from "../query/vectorSearch.js";
import type { Namespace } from "../store/namespace.js";
import type { Transaction } from "../store/transaction.js";
import type { Usage } from "../usage/usage.js";
import { DeveloperError } from "../values/developerError.js";
import type { StoredDocument } from "../values/document.js";
import type { IdFormat } from "../values/ids.js";
import type {
  DatabaseProfile,
  DocumentAddress,
  DocumentWrite,
  Frame,
} from "./profile.js";

export { convexTestDatabase } from "./convexTest.js";
export type { DatabaseProfile } from "./profile.js";

export interface SessionOptions {
  readonly namespace: Namespace;
  readonly transaction: Transaction;
  readonly usage: Usage;
  readonly ids: IdFormat;
  readonly profile: DatabaseProfile;
  /** False in queries. */
  readonly isWritable: boolean;
  /** True lifts the rule of one page for each function, as outside of functions. */
  readonly allowsManyPages?: boolean;
}

export class DatabaseSession {
  readonly #frame: Frame;
  readonly #profile: DatabaseProfile;
  readonly #allowsManyPages: boolean;
  readonly #streams = new Map<number, OperatorStream>();
  #nextQueryId = 0;
  #pages = 0;

  constructor(options: SessionOptions) {
    const { namespace, transaction, usage, ids, profile, isWritable } = options;
    this.#profile = profile;
    this.#allowsManyPages = options.allowsManyPages ?? false;
    this.#frame = {
      namespace,
      transaction,
      usage,
      dialect: profile.dialect,
      isWritable,
      tableOf: profile.tableOf ?? ((id) => ids.tableOf(namespace, id)),
    };
  }

  /** A synchronous syscall, named without its "1.0/". */
  sync(op: string, args: JSONValue): string {
    switch (op) {
      case "queryStream":
        return this.#startQuery(args as unknown as { query: SerializedQuery });
      case "queryCleanup":
        return this.#endQuery(args as { queryId: number });
      case "db/normalizeId":
        return this.#normalizeId(args as { table: string; idString: string });
      default:
        throw this.#profile.unknownOperation("sync", op);
    }
  }

  /** An asynchronous syscall, named without its "1.0/"; it has happened when this returns. */
  run(op: string, args: JSONValue): string {
    const frame = this.#frame;
    switch (op) {
      case "get":
        return (
          this.#profile.get(frame, args as unknown as DocumentAddress)?.json ?? "null"
        );
      case "queryStreamNext":
        return this.#nextRow(args as { queryId: number });
      case "queryPage":
        return this.#page(args as unknown as PageRequest);
      case "insert": {
        const { table, value } = args as { table: string; value: JSONValue };
        return `{"_id":${JSON.stringify(this.#profile.insert(frame, table, value).id)}}`;
      }
      case "shallowMerge":
        this.#profile.patch(frame, args as unknown as DocumentWrite);
        return NOTHING;
      case "replace":
        this.#profile.replace(frame, args as unknown as DocumentWrite);
        return NOTHING;
      case "remove":
        this.#profile.remove(frame, args as unknown as DocumentAddress);
        return NOTHING;
      case "count":
        return String(this.#count((args as { table: string }).table));
      case "actions/vectorSearch":
        return this.#vectorSearch((args as unknown as { query: VectorQuery }).query);
      default:
        throw this.#profile.unknownOperation("async", op);
    }
  }

  /** Ends the queries that the function has left open. */
  close(): void {
    for (const stream of this.#streams.values()) {
      stream.close();
    }
    this.#streams.clear();
  }

  #startQuery({ query }: { query: SerializedQuery }): string {
    const frame = this.#frame;
    this.#profile.recordQueryStart(frame);
    const plan = planQuery(query, frame.namespace.schema, frame.dialect);
    const rows = openRows(frame, plan);
    const queryId = this.#nextQueryId++;
    const gate = new QueryGate(frame, this.#profile);
    const stream =
      this.#profile.streams === "lazy"
        ? new OperatorStream(rows, plan.operators, gate)
        : new OperatorStream(arrayRows(evaluate(rows, plan.operators)), [], gate);
    this.#streams.set(queryId, stream);
    return `{"queryId":${queryId}}`;
  }

  #nextRow({ queryId }: { queryId: number }): string {
    const stream = this.#streams.get(queryId);
    if (stream === undefined) {
      throw new DeveloperError("QueryNotFound", this.#profile.unknownQuery);
    }
    const row = stream.next();
    return row === null
      ? '{"value":null,"done":true}'
      : `{"value":${row.json},"done":false}`;
  }

  #endQuery({ queryId }: { queryId: number }): string {
    this.#streams.get(queryId)?.close();
    return this.#profile.cleanupResult(this.#streams.delete(queryId));
  }

  #normalizeId({ table, idString }: { table: string; idString: string }): string {
    const id = this.#frame.tableOf(idString) === table ? idString : null;
    return JSON.stringify({ id });
  }

  #page(request: PageRequest): string {
    const earlier = this.#allowsManyPages ? 0 : this.#pages;
    this.#pages += 1;
    const page = this.#profile.page(this.#frame, request, earlier);
    const { documents, isDone, continueCursor, splitCursor, pageStatus } = page;
    const rest = JSON.stringify({ isDone, continueCursor, splitCursor, pageStatus });
    const rows = documents.map(({ json }) => json).join(",");
    return `{"page":[${rows}],${rest.slice(1)}`;
  }

  /** Depends on the whole table, but reads no documents in the sense of the limits. */
  #count(table: string): number {
    const rows = tableRows(this.#frame, table);
    let count = 0;
    while (rows.next() !== null) {
      count += 1;
    }
    rows.close();
    return count;
  }

  #vectorSearch(query: VectorQuery): string {
    const frame = this.#frame;
    const rows = tableRows(frame, splitIndexName(query.indexName).table);
    const found = vectorSearch(query, rows, frame.namespace.schema, frame.dialect);
    const results = found.map(({ _id, _score }) => ({ _id, _score }));
    return JSON.stringify(convexToJson({ results }));
  }
}

/** Accounts for the rows of one query, and for its range with the first of them. */
class QueryGate implements RowGate {
  readonly #frame: Frame;
  readonly #profile: DatabaseProfile;
  #isFirst = true;

  constructor(frame: Frame, profile: DatabaseProfile) {
    this.#frame = frame;
    this.#profile = profile;
  }

  onRow(row: StoredDocument): void {
    this.#profile.recordRow(this.#frame, row);
    if (this.#isFirst) {
      this.#isFirst = false;
      this.#profile.recordRange(this.#frame);
    }
  }

  onEnd(): void {
    this.#profile.recordRange(this.#frame);
  }
}

/** What writes answer: the client looks at none of it. */
const NOTHING = "{}";

function evaluate(rows: Rows, operators: readonly PlannedOperator[]): StoredDocument[] {
  const stream = new OperatorStream(rows, operators);
  const found: StoredDocument[] = [];
  for (let row = stream.next(); row !== null; row = stream.next()) {
    found.push(row);
  }
  stream.close();
  return found;
}
