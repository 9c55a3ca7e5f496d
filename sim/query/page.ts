/**
 * A page of a query on the platform.
 *
 * Reads from a cursor to where the page is full, a limit is met or the range ends, and
 * records exactly that: the scan covers only what lies between the cursors. With an end
 * cursor page size and limits are ignored, so that a page read again has no gaps.
 *
 * Source: query_page and read_page_from_query in convex-backend
 * crates/isolate/src/environment/udf/async_syscall.rs, and
 * crates/database/src/query/index_range.rs. The backend also counts rows it has fetched
 * ahead when it recommends a split; this counts the consumed ones.
 */
import { PAGE_LENGTH_SOFT_MAX, SOFT_LIMIT_SHARE } from "../constants/queryLimits.js";
import { TRANSACTION_LIMITS } from "../constants/transactionLimits.js";
import type { StoredDocument } from "../values/document.js";
import { DeveloperError, LimitError } from "../values/developerError.js";
import { pointRange, type KeyRange } from "../values/keys.js";
import {
  decodeCursor,
  encodeCursor,
  END,
  queryFingerprint,
  type CursorPosition,
} from "./cursor.js";
import { openRows, schemaOf, search, type QueryContext } from "./open.js";
import { planQuery, type IndexPlan, type QueryPlan } from "./plan.js";
import { arrayRows, OperatorStream, type Rows } from "./rows.js";
import type { PageRequest } from "./serialized.js";

export type PageStatus = null | "SplitRecommended" | "SplitRequired";

export interface Page {
  readonly documents: readonly StoredDocument[];
  readonly isDone: boolean;
  readonly continueCursor: string;
  readonly splitCursor: string | null;
  readonly pageStatus: PageStatus;
}

/** Fewer rows than this have no middle worth splitting at. */
const SPLIT_ROWS_MIN = 3;

/** `onRow` records that a row was read; it may throw a {@link LimitError}. */
export function readPage(
  context: QueryContext,
  request: PageRequest,
  onRow: (row: StoredDocument) => void,
): Page {
  checkRequest(request);
  const plan = planQuery(request.query, schemaOf(context), "platform");
  const fingerprint = queryFingerprint(request.query, plan);
  const start =
    request.cursor === null ? null : decodeCursor(request.cursor, fingerprint);
  const end =
    request.endCursor === null ? null : decodeCursor(request.endCursor, fingerprint);
  const rows = rowsBetween(context, plan, start, end);
  const reading = new PageReading(rows, plan, request, end, onRow);
  const outcome = reading.run();
  const split =
    reading.keys.length < SPLIT_ROWS_MIN
      ? null
      : reading.keys[Math.floor(reading.keys.length / 2)]!;
  const position = end ?? outcome.position;
  return {
    documents: outcome.documents,
    isDone: position.kind === "end",
    continueCursor: encodeCursor(position, fingerprint),
    splitCursor:
      split === null ? null : encodeCursor({ kind: "after", key: split }, fingerprint),
    pageStatus: outcome.pageStatus,
  };
}

function checkRequest({
  pageSize,
  maximumRowsRead,
  maximumBytesRead,
}: PageRequest): void {
  if (pageSize === 0) {
    throw new DeveloperError(
      "NoDocumentsForPagination",
      "Must request at least 1 document while paginating",
    );
  }
  if (pageSize > TRANSACTION_LIMITS.documentsRead) {
    throw new DeveloperError("PageSizeTooLarge", `Requested too many items: ${pageSize}`);
  }
  if (maximumRowsRead === 0 || maximumBytesRead === 0) {
    throw new DeveloperError(
      "InvalidPaginationLimit",
      "maximumRowsRead and maximumBytesRead must be greater than 0",
    );
  }
}

interface PageOutcome {
  readonly documents: StoredDocument[];
  readonly position: CursorPosition;
  readonly pageStatus: PageStatus;
}

class PageReading {
  /** Positions of all consumed rows, for the split cursor. */
  readonly keys: string[] = [];
  readonly #rows: Rows;
  readonly #stream: OperatorStream;
  readonly #request: PageRequest;
  readonly #hasEnd: boolean;
  #bytesRead = 0;
  #isAtEnd = false;

  constructor(
    rows: Rows,
    plan: QueryPlan,
    request: PageRequest,
    end: CursorPosition | null,
    onRow: (row: StoredDocument) => void,
  ) {
    this.#rows = rows;
    this.#request = request;
    this.#hasEnd = end !== null;
    this.#stream = new OperatorStream(rows, plan.operators, {
      onRow: (row) => {
        onRow(row);
        this.keys.push(rows.lastKey!);
        this.#bytesRead += row.size;
      },
      mayRead: () => this.#hasEnd || !this.#isLimitMet(),
      onEnd: () => {
        this.#isAtEnd = true;
      },
    });
  }

  run(): PageOutcome {
    const documents: StoredDocument[] = [];
    let isCutShort = false;
    try {
      while (this.#hasEnd || documents.length < this.#request.pageSize) {
        const row = this.#stream.next();
        if (row === null) {
          break;
        }
        documents.push(row);
      }
    } catch (error) {
      // The transaction's own limits end a page as well, if there is any progress to keep.
      if (!(error instanceof LimitError) || this.keys.length === 0) {
        throw error;
      }
      isCutShort = true;
    }
    this.#rows.close();
    const last = this.keys.at(-1);
    return {
      documents,
      position: this.#isAtEnd || last === undefined ? END : { kind: "after", key: last },
      pageStatus:
        isCutShort || this.#stream.isStopped
          ? "SplitRequired"
          : this.#status(documents.length),
    };
  }

  #isLimitMet(): boolean {
    const { maximumRowsRead, maximumBytesRead } = this.#request;
    return (
      this.#bytesRead >= (maximumBytesRead ?? Infinity) ||
      this.keys.length >= (maximumRowsRead ?? Infinity)
    );
  }

  #status(length: number): PageStatus {
    const { maximumRowsRead, maximumBytesRead } = this.#request;
    const rowsSoftMax = softLimit(maximumRowsRead, TRANSACTION_LIMITS.documentsRead);
    const bytesSoftMax = softLimit(maximumBytesRead, TRANSACTION_LIMITS.bytesRead);
    const isNear =
      this.keys.length > rowsSoftMax ||
      this.#bytesRead > bytesSoftMax ||
      length > PAGE_LENGTH_SOFT_MAX;
    return isNear ? "SplitRecommended" : null;
  }
}

function softLimit(limit: number | null | undefined, ceiling: number): number {
  return Math.floor(Math.min(limit ?? ceiling, ceiling) * SOFT_LIMIT_SHARE);
}

/** The rows after one cursor up to and including another. */
function rowsBetween(
  context: QueryContext,
  plan: QueryPlan,
  start: CursorPosition | null,
  end: CursorPosition | null,
): Rows {
  if (start?.kind === "end") {
    return arrayRows([]);
  }
  if (plan.kind === "search") {
    return searchBetween(context, plan, start, end);
  }
  const range = rangeBetween(plan, start, end);
  return range.start < range.end ? openRows(context, plan, range) : arrayRows([]);
}

export function rangeBetween(
  { range, order }: Pick<IndexPlan, "range" | "order">,
  start: CursorPosition | null,
  end: CursorPosition | null,
): KeyRange {
  const [low, high] = order === "asc" ? [start, end] : [end, start];
  // A cursor stands behind its row in the direction of reading.
  const edge = (key: string): string => (order === "asc" ? pointRange(key).end : key);
  return {
    start: low?.kind === "after" ? larger(edge(low.key), range.start) : range.start,
    end: high?.kind === "after" ? smaller(edge(high.key), range.end) : range.end,
  };
}

function searchBetween(
  context: QueryContext,
  plan: Extract<QueryPlan, { kind: "search" }>,
  start: CursorPosition | null,
  end: CursorPosition | null,
): Rows {
  const found = search(context, plan);
  const after = (position: CursorPosition | null, otherwise: number): number =>
    position?.kind === "after"
      ? found.findIndex(({ id }) => id === position.key) + 1
      : otherwise;
  return arrayRows(found.slice(after(start, 0), after(end, found.length)));
}

function larger(left: string, right: string): string {
  return left > right ? left : right;
}

function smaller(left: string, right: string): string {
  return left < right ? left : right;
}
