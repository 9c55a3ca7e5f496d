/** A store with one small table, and short words for what tests of the store do with it. */
import { CommitTsPlaceholder, type Value } from "convex/values";

import type { NamespaceSchema } from "../schema/schema.js";
import type { StoredDocument } from "../values/document.js";
import { platformIds } from "../values/ids.js";
import { encodeKey, EVERYTHING, prefixRange, type KeyRange } from "../values/keys.js";
import type { Namespace } from "./namespace.js";
import { Store, type CommittedRow, type Conflict, type Transaction } from "./store.js";
import type { ScanOrder } from "./scan.js";

export const commitTsPlaceholder = new CommitTsPlaceholder();

/** Indexes by name; one field each unless said. */
export function schemaWith(
  indexes: Record<string, readonly string[]>,
  table = "rows",
): NamespaceSchema {
  const declared = Object.entries(indexes).map(([name, fields]) => ({ name, fields }));
  const definition = {
    indexes: declared,
    searchIndexes: [],
    vectorIndexes: [],
    documentType: null,
  };
  return { validates: true, tables: new Map([[table, definition]]) };
}

export class TestStore {
  readonly store = new Store({ ids: platformIds });
  readonly app: Namespace;
  #creationTime = 0;

  constructor() {
    this.app = this.store.addNamespace("", schemaWith({ by_n: ["n"], by_m: ["m"] }));
  }

  begin(options: { tracksReads: boolean } = { tracksReads: true }): Transaction {
    return this.store.begin({
      creationTime: () => (this.#creationTime += 1),
      ...options,
    });
  }

  /** Runs the writes in a transaction of their own, and returns its result. */
  commit<T>(write: (transaction: Transaction) => T): T {
    const transaction = this.begin();
    const result = write(transaction);
    this.finish(transaction);
    return result;
  }

  /** Inserts committed rows with these values of n. */
  seed(...numbers: number[]): StoredDocument[] {
    return this.commit((transaction) =>
      numbers.map((n) => this.insert(transaction, { n })),
    );
  }

  insert(transaction: Transaction, fields: Record<string, Value>): StoredDocument {
    return transaction.insert(this.app, "rows", fields);
  }

  patch(
    transaction: Transaction,
    document: StoredDocument,
    fields: Record<string, Value>,
  ): StoredDocument {
    const current = transaction.get(this.app, "rows", document.id)!;
    const { _id, _creationTime, ...rest } = current.value;
    return transaction.replace(this.app, "rows", document.id, { ...rest, ...fields });
  }

  remove(transaction: Transaction, document: StoredDocument): StoredDocument {
    return transaction.remove(this.app, "rows", document.id);
  }

  /** Values of n of up to `limit` rows of by_n. */
  take(
    transaction: Transaction,
    limit: number,
    range: KeyRange = EVERYTHING,
    order: ScanOrder = "asc",
  ): unknown[] {
    const scan = transaction.scan(this.app, "rows", "by_n", range, order);
    const taken: unknown[] = [];
    while (taken.length < limit) {
      const row = scan.next();
      if (row === null) {
        break;
      }
      taken.push(row.value.n);
    }
    scan.close();
    return taken;
  }

  collect(transaction: Transaction, range?: KeyRange): unknown[] {
    return this.take(transaction, Infinity, range);
  }

  /** Prepares and publishes, or returns the conflict. */
  tryFinish(transaction: Transaction, nowNs = 0n): CommittedRow[] | Conflict {
    const prepared = this.store.prepare(transaction, nowNs);
    return prepared.kind === "conflict" ? prepared : this.store.publish(prepared);
  }

  finish(transaction: Transaction, nowNs = 0n): CommittedRow[] {
    const outcome = this.tryFinish(transaction, nowNs);
    if (!Array.isArray(outcome)) {
      throw new Error(`conflict on ${outcome.table} ${outcome.documentId}`);
    }
    return outcome;
  }
}

/** Rows whose n equals that. */
export function equalTo(n: Value): KeyRange {
  return prefixRange(encodeKey([n]));
}

/** Rows whose n is at least `low` and below `high`. */
export function between(low: Value, high: Value): KeyRange {
  return { start: encodeKey([low]), end: encodeKey([high]) };
}
