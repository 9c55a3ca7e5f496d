/**
 * A query's rows: documents in order out of an index or a search, then through the query's
 * operators.
 *
 * Owns the order of operators and of the checks between rows. What a consumed row costs
 * is the caller's to say (`onRow`), whether another one may be consumed too (`mayRead`).
 */
import type { StoredDocument } from "../values/document.js";
import { viewOf } from "./compare.js";
import type { Predicate } from "./filter.js";

export interface Rows {
  next(): StoredDocument | null;
  /** Position of the row that was returned last; null before the first. */
  readonly lastKey: string | null;
  close(): void;
}

export type PlannedOperator =
  | { readonly kind: "filter"; readonly predicate: Predicate }
  | { readonly kind: "limit"; readonly limit: number };

export interface RowGate {
  /** Called for every row that is consumed, those that a filter drops included. */
  onRow?(row: StoredDocument): void;
  /** False ends the stream before the next row: {@link OperatorStream.isStopped}. */
  mayRead?(): boolean;
  /** Called once, when the rows have run out. */
  onEnd?(): void;
}

export class OperatorStream {
  readonly #rows: Rows;
  readonly #operators: readonly PlannedOperator[];
  readonly #gate: RowGate;
  /** Rows that have passed each operator. */
  readonly #passed: number[];
  #isEnded = false;
  isStopped = false;

  constructor(rows: Rows, operators: readonly PlannedOperator[], gate: RowGate = {}) {
    this.#rows = rows;
    this.#operators = operators;
    this.#gate = gate;
    this.#passed = operators.map(() => 0);
  }

  next(): StoredDocument | null {
    while (!this.#isEnded && !this.#isLimitReached()) {
      if (this.#gate.mayRead?.() === false) {
        this.isStopped = true;
        return null;
      }
      const row = this.#rows.next();
      if (row === null) {
        this.#isEnded = true;
        this.#gate.onEnd?.();
        return null;
      }
      this.#gate.onRow?.(row);
      if (this.#passes(row)) {
        return row;
      }
    }
    return null;
  }

  close(): void {
    this.#isEnded = true;
    this.#rows.close();
  }

  /** A reached limit ends the stream wherever it stands among the operators. */
  #isLimitReached(): boolean {
    return this.#operators.some(
      (operator, at) => operator.kind === "limit" && this.#passed[at]! >= operator.limit,
    );
  }

  #passes(row: StoredDocument): boolean {
    const view = viewOf(row);
    for (let at = 0; at < this.#operators.length; at += 1) {
      const operator = this.#operators[at]!;
      if (operator.kind === "filter" && !operator.predicate(view)) {
        return false;
      }
      this.#passed[at]! += 1;
    }
    return true;
  }
}

/** Rows that are all there already; their position is their id. */
export function arrayRows(documents: readonly StoredDocument[], after = 0): Rows {
  let at = after;
  return {
    next: () => documents[at++] ?? null,
    get lastKey() {
      return documents[Math.min(at, documents.length) - 1]?.id ?? null;
    },
    close: () => {
      at = documents.length;
    },
  };
}
