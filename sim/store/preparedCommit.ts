/** A commit between its two steps, as the store keeps it. */
import type { CommitSize, CommittedRow, PreparedCommit } from "./commit.js";
import type { Table } from "./table.js";
import type { Transaction } from "./transaction.js";
import { WrittenRows } from "./writtenRows.js";

/** A row with the table it is in. */
export interface WrittenRow extends CommittedRow {
  readonly owner: Table;
}

export class Commit implements PreparedCommit {
  readonly kind = "prepared";
  readonly ts: bigint;
  readonly rows: readonly WrittenRow[];
  state: PreparedCommit["state"];
  onPublished?: () => void;
  #byTable: Map<Table, WrittenRows> | null = null;

  constructor(ts: bigint, rows: readonly WrittenRow[], state: PreparedCommit["state"]) {
    this.ts = ts;
    this.rows = rows;
    this.state = state;
  }

  /** What it wrote to a table; null: nothing. */
  writtenTo(table: Table): WrittenRows | null {
    this.#byTable ??= this.#partByTable();
    return this.#byTable.get(table) ?? null;
  }

  #partByTable(): Map<Table, WrittenRows> {
    const parts = new Map<Table, WrittenRows>();
    for (const [place, { owner, id, before, after }] of this.rows.entries()) {
      let part = parts.get(owner);
      if (part === undefined) parts.set(owner, (part = new WrittenRows()));
      part.add({ place, id, before, after });
    }
    return parts;
  }

  sizeOf(isCounted: (table: string) => boolean): CommitSize {
    const size = { documents: 0, bytes: 0 };
    for (const { owner, table, before, after } of this.rows) {
      if (!isCounted(table)) continue;
      size.documents += 1;
      size.bytes += after?.size ?? 0;
      const { layout } = owner.current;
      for (let place = 0; place < layout.indexes.length; place += 1) {
        const gone = before?.key(layout, place);
        const written = after?.key(layout, place);
        size.bytes += written?.length ?? 0;
        if (gone !== written) size.bytes += gone?.length ?? 0;
      }
    }
    return size;
  }
}

/** A document that was inserted and removed again leaves no row. */
export function collectRows(transaction: Transaction, ts: bigint): WrittenRow[] {
  const rows: WrittenRow[] = [];
  for (const [owner, { writes }] of transaction.accesses) {
    for (const [id, { before, after }] of writes) {
      if (before !== null || after !== null) {
        const { component, name } = owner;
        const resolved = after?.resolve(ts) ?? null;
        rows.push({ owner, component, table: name, id, before, after: resolved });
      }
    }
  }
  return rows;
}
