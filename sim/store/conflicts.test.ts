/** What conflicts with what: the rules of the platform's optimistic concurrency control. */
import { beforeEach, describe, expect, test } from "vitest";

import type { StoredDocument } from "../values/document.js";
import { EVERYTHING } from "../values/keys.js";
import type { Transaction } from "./store.js";
import { between, equalTo, TestStore } from "./testStore.js";

let db: TestStore;
let rows: StoredDocument[];

beforeEach(() => {
  db = new TestStore();
  rows = db.seed(10, 20, 30, 40);
});

/** Whether a transaction that reads so, and writes, may commit after the other's write. */
function conflicts(
  read: (transaction: Transaction) => unknown,
  write: (transaction: Transaction) => unknown,
): boolean {
  const reader = db.begin();
  read(reader);
  reader.insert(db.app, "audit", {});
  db.commit(write);
  return !Array.isArray(db.tryFinish(reader));
}

const insert = (n: number) => (transaction: Transaction) => db.insert(transaction, { n });
const take =
  (limit: number, order: "asc" | "desc" = "asc") =>
  (transaction: Transaction) =>
    db.take(transaction, limit, EVERYTHING, order);

describe("range reads", () => {
  test("an insert into a range that was collected conflicts: no phantoms", () => {
    const collect = (t: Transaction) => db.collect(t, between(15, 25));

    expect(conflicts(collect, insert(15))).toBe(true);
    expect(conflicts(collect, insert(24))).toBe(true);
  });

  test("an insert outside the range does not conflict", () => {
    const collect = (t: Transaction) => db.collect(t, between(15, 25));

    expect(conflicts(collect, insert(25))).toBe(false);
    expect(conflicts(collect, insert(14))).toBe(false);
  });

  test("an empty range that was collected conflicts with an insert into it", () => {
    expect(conflicts((t) => db.collect(t, equalTo(25)), insert(25))).toBe(true);
  });

  test("take(n) reads up to its last row, inclusive", () => {
    // In this order, because each write stays: row 20 is the second one until 15 comes.
    expect(conflicts(take(2), (t) => db.patch(t, rows[1]!, { x: 1 }))).toBe(true);
    expect(conflicts(take(2), insert(15))).toBe(true);
    expect(conflicts(take(2), insert(5))).toBe(true);
  });

  test("take(n) does not read the rows behind its last", () => {
    expect(conflicts(take(2), insert(21))).toBe(false);
    expect(conflicts(take(2), (t) => db.remove(t, rows[2]!))).toBe(false);
  });

  test("take(n) with fewer rows reads the whole range", () => {
    expect(conflicts(take(5), insert(1_000))).toBe(true);
  });

  test("take(n) with exactly n rows does not read behind the last", () => {
    expect(conflicts(take(4), insert(1_000))).toBe(false);
  });

  test("a descending take reads from the end of the range", () => {
    expect(conflicts(take(2, "desc"), insert(35))).toBe(true);
    expect(conflicts(take(2, "desc"), insert(1_000))).toBe(true);
    expect(conflicts(take(2, "desc"), insert(29))).toBe(false);
  });

  test("unique, which takes two, reads the whole range when there is one row", () => {
    const unique = (t: Transaction) => db.take(t, 2, equalTo(10));

    expect(conflicts(unique, insert(10))).toBe(true);
  });

  test("a scan that was opened and not consumed reads nothing", () => {
    const open = (t: Transaction) => t.scan(db.app, "rows", "by_n", EVERYTHING, "asc");

    expect(conflicts(open, insert(1))).toBe(false);
  });

  test("a scan that is still open at commit has read what it consumed", () => {
    const openAndNext = (t: Transaction) => open(t).next();
    const open = (t: Transaction) => t.scan(db.app, "rows", "by_n", EVERYTHING, "asc");

    expect(conflicts(openAndNext, insert(5))).toBe(true);
    expect(conflicts(openAndNext, insert(25))).toBe(false);
  });

  test("a read of a table that nobody wrote conflicts with its first insert", () => {
    const read = (t: Transaction) =>
      t.scan(db.app, "fresh", "by_id", EVERYTHING, "asc").next();

    expect(conflicts(read, (t) => t.insert(db.app, "fresh", {}))).toBe(true);
  });
});

describe("writes to documents", () => {
  test("a patch conflicts through any index, though that index's fields stay", () => {
    const scanByM = (t: Transaction) => {
      const scan = t.scan(db.app, "rows", "by_m", EVERYTHING, "asc");
      scan.next();
      scan.close();
    };
    const readByCreationTime = (t: Transaction) =>
      t.scan(db.app, "rows", "by_creation_time", EVERYTHING, "asc").next();
    const patch = (t: Transaction) => db.patch(t, rows[0]!, { other: Math.PI });

    expect(conflicts(scanByM, patch)).toBe(true);
    expect(conflicts(readByCreationTime, (t) => db.patch(t, rows[0]!, { n: 11 }))).toBe(
      true,
    );
  });

  test("a row that moves conflicts with readers of where it was and where it is", () => {
    const move = (t: Transaction) => db.patch(t, rows[0]!, { n: 100 });
    const moveBack = (t: Transaction) => db.patch(t, rows[0]!, { n: 10 });

    expect(conflicts((t) => db.collect(t, between(5, 15)), move)).toBe(true);
    expect(conflicts((t) => db.collect(t, between(5, 15)), moveBack)).toBe(true);
    expect(conflicts((t) => db.collect(t, between(15, 25)), move)).toBe(false);
  });

  test("a removal conflicts with who read the row", () => {
    const get = (t: Transaction) => t.get(db.app, "rows", rows[0]!.id);

    expect(conflicts(get, (t) => db.remove(t, rows[0]!))).toBe(true);
  });

  test("a get conflicts with a write of that document only", () => {
    const get = (t: Transaction) => t.get(db.app, "rows", rows[0]!.id);

    expect(conflicts(get, (t) => db.patch(t, rows[0]!, { x: 1 }))).toBe(true);
    expect(conflicts(get, (t) => db.patch(t, rows[1]!, { x: 1 }))).toBe(false);
    expect(conflicts(get, insert(1))).toBe(false);
  });

  test("a get of a missing document reads its key", () => {
    const reader = db.begin();
    const missing = db.commit((t) => db.insert(t, { n: 1 }));

    expect(reader.get(db.app, "rows", missing.id)).toBe(null);
    reader.insert(db.app, "audit", {});

    expect(db.tryFinish(reader)).toMatchObject({
      kind: "conflict",
      component: "",
      table: "rows",
      documentId: missing.id,
    });
  });

  test("two patches of one document conflict, and nothing is lost", () => {
    const first = db.begin();
    const second = db.begin();
    db.patch(first, rows[0]!, { x: 1 });
    db.patch(second, rows[0]!, { y: 1 });

    expect(Array.isArray(db.tryFinish(first))).toBe(true);
    expect(db.tryFinish(second)).toMatchObject({ documentId: rows[0]!.id });
  });

  test("blind inserts never conflict with each other", () => {
    const transactions = [1, 2, 3].map(() => db.begin());
    transactions.forEach((transaction, n) => db.insert(transaction, { n }));

    const outcomes = transactions.map((transaction) => db.tryFinish(transaction));

    expect(outcomes.every(Array.isArray)).toBe(true);
  });

  test("a replace by an equal document is no write, only a read", () => {
    const noOp = db.begin();
    db.patch(noOp, rows[0]!, { n: 10 });
    expect(noOp.hasWrites).toBe(false);

    const read = (t: Transaction) => db.patch(t, rows[0]!, { n: 10 });
    expect(conflicts(read, (t) => db.patch(t, rows[0]!, { x: 1 }))).toBe(true);
    expect(
      conflicts(take(4), (t) => db.patch(t, rows[1]!, { n: 20 })),
      "a commit without writes",
    ).toBe(false);
  });

  test("-0 for 0 is a write", () => {
    const [zero] = db.seed(0);
    const transaction = db.begin();

    db.patch(transaction, zero!, { n: -0 });

    expect(transaction.hasWrites).toBe(true);
  });
});

describe("who is validated", () => {
  test("a nested rollback takes its writes away and keeps its reads", () => {
    const readAndRollBack = (t: Transaction) => {
      t.beginNested();
      db.collect(t);
      db.insert(t, { n: 1 });
      t.rollbackNested();
    };

    expect(conflicts(readAndRollBack, insert(5))).toBe(true);
  });

  test("a pending commit conflicts before it is visible", () => {
    const pending = db.begin();
    db.insert(pending, { n: 5 });
    db.store.prepare(pending, 0n);

    const reader = db.begin();
    expect(db.collect(reader)).not.toContain(5);
    reader.insert(db.app, "audit", {});

    expect(db.tryFinish(reader)).toMatchObject({ kind: "conflict", table: "rows" });
  });

  test("an abandoned commit conflicts with nobody", () => {
    const lost = db.begin();
    db.insert(lost, { n: 5 });
    const prepared = db.store.prepare(lost, 0n);
    const reader = db.begin();
    db.collect(reader);
    reader.insert(db.app, "audit", {});

    if (prepared.kind === "prepared") {
      db.store.abandon(prepared);
    }

    expect(Array.isArray(db.tryFinish(reader))).toBe(true);
  });

  test("a commit without writes skips validation", () => {
    const reader = db.begin();
    db.collect(reader);
    db.commit(insert(5));

    expect(db.store.check(reader)).not.toBe(null);
    expect(db.tryFinish(reader)).toEqual([]);
  });

  test("commits that the snapshot has seen do not conflict", () => {
    db.commit(insert(5));
    const reader = db.begin();
    db.collect(reader);
    db.insert(reader, { n: 6 });

    expect(Array.isArray(db.tryFinish(reader))).toBe(true);
  });

  test("a transaction's own writes do not conflict with its reads", () => {
    const transaction = db.begin();
    db.insert(transaction, { n: 15 });
    db.collect(transaction);
    db.patch(transaction, rows[0]!, { n: 25 });

    expect(Array.isArray(db.tryFinish(transaction))).toBe(true);
  });

  test("what a snapshot view reads conflicts with nothing", () => {
    const readView = (t: Transaction) => {
      const view = t.snapshotView();
      db.collect(view);
      view.release();
    };

    expect(conflicts(readView, insert(5))).toBe(false);
  });

  test("a transaction that tracks no reads is never refused", () => {
    const transaction = db.begin({ tracksReads: false });
    db.collect(transaction);
    db.insert(transaction, { n: 1 });
    db.commit(insert(2));

    expect(Array.isArray(db.tryFinish(transaction))).toBe(true);
    expect(transaction.readIntervals).toBe(0);
  });

  test("a deploy that changes a table conflicts with who used it", () => {
    const transaction = db.begin();
    db.insert(transaction, { n: 1 });
    const other = db.begin();
    other.insert(db.app, "audit", {});

    db.store.setSchema("", null);

    expect(db.tryFinish(transaction)).toMatchObject({ kind: "conflict", table: "rows" });
    expect(Array.isArray(db.tryFinish(other))).toBe(true);
  });
});

describe("readIntervals", () => {
  test("counts merged intervals over all indexes", () => {
    const transaction = db.begin();

    db.collect(transaction, between(10, 20));
    db.collect(transaction, between(30, 40));
    expect(transaction.readIntervals).toBe(2);
    db.collect(transaction, between(20, 30));
    expect(transaction.readIntervals).toBe(1);
    transaction.get(db.app, "rows", rows[0]!.id);
    transaction.get(db.app, "rows", rows[0]!.id);
    transaction.get(db.app, "rows", rows[1]!.id);
    expect(transaction.readIntervals).toBe(3);
  });

  test("a document within a scanned range of by_id counts with it", () => {
    const transaction = db.begin();
    rows.forEach((row) => transaction.get(db.app, "rows", row.id));
    expect(transaction.readIntervals).toBe(4);

    const scan = transaction.scan(db.app, "rows", "by_id", EVERYTHING, "asc");
    while (scan.next() !== null);
    expect(transaction.readIntervals).toBe(1);
    transaction.get(db.app, "rows", rows[0]!.id);
    expect(transaction.readIntervals).toBe(1);
  });

  test("includes what an open scan has consumed", () => {
    const transaction = db.begin();
    const scan = transaction.scan(db.app, "rows", "by_n", EVERYTHING, "asc");

    expect(transaction.readIntervals).toBe(0);
    scan.next();
    expect(transaction.readIntervals).toBe(1);
    scan.next();
    expect(transaction.readIntervals).toBe(1);
  });
});

describe("canaries", () => {
  test("skipConflicts loses an update", () => {
    db.store.canary.skipConflicts = true;

    expect(conflicts(take(5), insert(5))).toBe(false);
  });

  test("skipConflicts leaves one entry of a document in each index", () => {
    db.store.canary.skipConflicts = true;
    const stale = db.begin();
    db.patch(stale, rows[0]!, { n: 11 });
    db.commit((t) => db.patch(t, rows[0]!, { n: 12 }));

    db.finish(stale);

    expect(db.collect(db.begin())).toEqual([11, 20, 30, 40]);
  });

  test("dropRolledBackReads lets a stale decision commit", () => {
    db.store.canary.dropRolledBackReads = true;
    const readAndRollBack = (t: Transaction) => {
      t.beginNested();
      db.collect(t);
      t.rollbackNested();
    };

    expect(conflicts(readAndRollBack, insert(5))).toBe(false);
    expect(conflicts((t) => db.collect(t), insert(6))).toBe(true);
  });
});
