/**
 * A page of a query as convex-test 0.0.60 reads it: same cursors, same results.
 *
 * Its cursors are JSON of the row's index key, `_end_cursor` is the end. Rows that a
 * filter drops count as read. Known oddities, kept: a page whose end cursor names a
 * deleted row says that it is done; an empty cursor is the start.
 *
 * It loads and sorts the whole range for each page; this seeks to the cursor instead,
 * which yields the same rows, because cursors hold the whole key.
 */
import { convexToJson, jsonToConvex, type JSONValue, type Value } from "convex/values";
import type { StoredDocument } from "../values/document.js";
import { encodeKey, type KeyRange } from "../values/keys.js";
import { compare, viewOf } from "./compare.js";
import { fieldReader } from "./fields.js";
import { openRows, schemaOf, type QueryContext } from "./open.js";
import { rangeBetween, type Page, type PageStatus } from "./page.js";
import { planQuery, type QueryPlan } from "./plan.js";
import type { Rows } from "./rows.js";
import type { PageRequest } from "./serialized.js";

const END_CURSOR = "_end_cursor";

type CursorKeys = readonly (Value | undefined)[];

export function readConvexTestPage(context: QueryContext, request: PageRequest): Page {
  const plan = planQuery(request.query, schemaOf(context), "convexTest");
  const position = new CursorPositions(plan);
  const start = position.parse(request.cursor);
  const rows = rowsAfter(context, plan, position, request.cursor, start);
  const outcome = fillPage(rows, plan, request, position);
  rows?.close();
  const { pageStatus, splitRow } = splitOf(outcome, request.pageSize);
  return {
    documents: outcome.documents,
    isDone: outcome.last === null,
    continueCursor: outcome.last === null ? END_CURSOR : position.encode(outcome.last),
    splitCursor: splitRow === null ? null : position.encode(splitRow),
    pageStatus,
  };
}

interface FilledPage {
  readonly documents: StoredDocument[];
  /** All rows that were read, whether or not they passed the filters. */
  readonly read: StoredDocument[];
  /** The row to continue after; null at the end. */
  readonly last: StoredDocument | null;
  readonly metLimit: boolean;
}

function fillPage(
  rows: Rows | null,
  plan: QueryPlan,
  request: PageRequest,
  position: CursorPositions,
): FilledPage {
  const { endCursor, pageSize, maximumRowsRead, maximumBytesRead } = request;
  const end = endCursor === END_CURSOR ? null : position.parse(endCursor);
  const documents: StoredDocument[] = [];
  const read: StoredDocument[] = [];
  let bytesRead = 0;
  const take = (row: StoredDocument): void => {
    read.push(row);
    bytesRead += row.size;
    if (passes(plan, row)) {
      documents.push(row);
    }
  };
  let row = rows?.next() ?? null;
  while (row !== null) {
    const next = rows!.next();
    const distance = end === null ? -1 : position.compare(row, end);
    if (distance >= 0) {
      if (distance === 0) {
        take(row);
      }
      return { documents, read, last: distance === 0 ? row : null, metLimit: false };
    }
    take(row);
    // A limit of zero is no limit to convex-test.
    if (
      (maximumRowsRead && read.length >= maximumRowsRead) ||
      (maximumBytesRead && bytesRead >= maximumBytesRead)
    ) {
      return { documents, read, last: row, metLimit: true };
    }
    if (!endCursor && documents.length >= pageSize) {
      return { documents, read, last: next === null ? null : row, metLimit: false };
    }
    row = next;
  }
  return { documents, read, last: null, metLimit: false };
}

/** Limits on the rows of a paginated query are not looked at, only filters. */
function passes(plan: QueryPlan, row: StoredDocument): boolean {
  const view = viewOf(row);
  return plan.operators.every(
    (operator) => operator.kind !== "filter" || operator.predicate(view),
  );
}

function splitOf(
  { read, metLimit }: FilledPage,
  pageSize: number,
): { pageStatus: PageStatus; splitRow: StoredDocument | null } {
  const middle = read.length >= 2 ? read[Math.floor((read.length - 1) / 2)]! : null;
  if (metLimit) {
    return { pageStatus: "SplitRequired", splitRow: middle };
  }
  if (middle !== null && read.length > pageSize + 1) {
    return { pageStatus: "SplitRecommended", splitRow: middle };
  }
  return { pageStatus: null, splitRow: null };
}

/** Null: nothing lies after the cursor. */
function rowsAfter(
  context: QueryContext,
  plan: QueryPlan,
  position: CursorPositions,
  cursor: string | null,
  keys: CursorKeys | null,
): Rows | null {
  if (cursor === END_CURSOR) {
    if (plan.kind === "search") {
      // For the errors of the search: a document without the field is one.
      openRows(context, plan).close();
    }
    return null;
  }
  if (keys === null) {
    return openRows(context, plan);
  }
  if (plan.kind === "index") {
    const range = afterKeys(plan, keys);
    return range.start < range.end ? openRows(context, plan, range) : null;
  }
  const rows = openRows(context, plan);
  return skipping(rows, (row) => position.compare(row, keys) <= 0);
}

function afterKeys(
  plan: Extract<QueryPlan, { kind: "index" }>,
  keys: CursorKeys,
): KeyRange {
  const values = plan.key.map((_, at) => keys[at]);
  return rangeBetween(plan, { kind: "after", key: encodeKey(values) }, null);
}

/** The rows from the first that is not to be skipped on. */
function skipping(rows: Rows, isSkipped: (row: StoredDocument) => boolean): Rows {
  let isInside = false;
  return {
    next() {
      let row = rows.next();
      while (row !== null && !isInside && isSkipped(row)) {
        row = rows.next();
      }
      isInside = true;
      return row;
    },
    get lastKey() {
      return rows.lastKey;
    },
    close: () => rows.close(),
  };
}

/** Cursors of one query. */
class CursorPositions {
  readonly #readers: ((document: StoredDocument["value"]) => Value | undefined)[];
  readonly #sign: 1 | -1;

  constructor(plan: QueryPlan) {
    const key = plan.kind === "index" ? plan.key : ["_id"];
    this.#readers = key.map((path) => fieldReader(path));
    this.#sign = plan.order === "asc" ? 1 : -1;
  }

  encode(row: StoredDocument): string {
    const keys = this.#keysOf(row).map((value) =>
      value === undefined ? null : JSON.stringify(convexToJson(value)),
    );
    return JSON.stringify(keys);
  }

  parse(cursor: string | null | undefined): CursorKeys | null {
    if (!cursor || cursor === END_CURSOR) {
      return null;
    }
    return (JSON.parse(cursor) as (string | null)[]).map((key) =>
      key === null ? undefined : jsonToConvex(JSON.parse(key) as JSONValue),
    );
  }

  /** Positive when the row comes after the cursor in the order of the query. */
  compare(row: StoredDocument, keys: CursorKeys): number {
    const values = this.#keysOf(row);
    for (let at = 0; at < values.length; at += 1) {
      const order = compare(values[at], keys[at]);
      if (order !== 0) {
        return order * this.#sign;
      }
    }
    return 0;
  }

  #keysOf(row: StoredDocument): (Value | undefined)[] {
    const view = viewOf(row);
    return this.#readers.map((read) => read(view));
  }
}
