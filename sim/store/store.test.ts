/** Commit order, snapshots, what they cost, and deploys. */
import { beforeEach, describe, expect, test } from "vitest";

import { EVERYTHING } from "../values/keys.js";
import type { PreparedCommit, Transaction } from "./store.js";
import { commitTsPlaceholder, schemaWith, TestStore } from "./testStore.js";

let db: TestStore;

beforeEach(() => {
  db = new TestStore();
});

function prepareInsert(n: number, nowNs = 0n): PreparedCommit {
  const transaction = db.begin();
  db.insert(transaction, { n });
  const prepared = db.store.prepare(transaction, nowNs);
  if (prepared.kind === "conflict") {
    throw new Error("conflict");
  }
  return prepared;
}

function visible(): unknown[] {
  const transaction = db.begin();
  const numbers = db.collect(transaction);
  transaction.release();
  return numbers;
}

describe("publish", () => {
  test("timestamps ascend, and follow the clock where it is ahead", () => {
    const timestamps = [0n, 100n, 100n, 50n].map((now) => prepareInsert(1, now).ts);

    expect(timestamps).toEqual([1n, 100n, 101n, 102n]);
  });

  test("a prepared commit is invisible until it is published", () => {
    const prepared = prepareInsert(1, 7n);
    expect(visible()).toEqual([]);
    expect(db.store.publishedTs).toBe(0n);

    const rows = db.store.publish(prepared);

    expect(visible()).toEqual([1]);
    expect(db.store.publishedTs).toBe(7n);
    expect(rows).toMatchObject([{ component: "", table: "rows", before: null }]);
    expect(rows[0]!.after!.value.n).toBe(1);
  });

  test("a commit waits for earlier ones, and comes with them", () => {
    const [first, second, third] = [1, 2, 3].map((n) => prepareInsert(n));
    const order: number[] = [];
    first!.onPublished = () => order.push(1);
    second!.onPublished = () => order.push(2);

    expect(db.store.publish(second!)).toEqual([]);
    expect(second!.state).toBe("ready");
    expect(visible()).toEqual([]);

    expect(db.store.publish(first!).map(({ after }) => after!.value.n)).toEqual([1, 2]);
    expect(order).toEqual([1, 2]);
    expect(visible()).toEqual([1, 2]);
    expect(third!.state).toBe("pending");
  });

  test("abandoning a commit lets later ones through", () => {
    const [first, second] = [1, 2].map((n) => prepareInsert(n));
    db.store.publish(second!);

    expect(db.store.abandon(first!)).toHaveLength(1);

    expect(visible()).toEqual([2]);
    expect(db.store.pendingCommits).toBe(0);
    expect(() => db.store.publish(first!)).toThrow("abandoned");
  });

  test("writes of one document are one row, from the snapshot to the last", () => {
    const [row] = db.seed(1);
    const transaction = db.begin();
    db.patch(transaction, row!, { n: 2 });
    db.patch(transaction, row!, { n: 3 });
    const passing = db.insert(transaction, { n: 4 });
    db.remove(transaction, passing);

    const rows = db.finish(transaction);

    expect(rows.map(({ before, after }) => [before?.value.n, after?.value.n])).toEqual([
      [1, 3],
    ]);
  });

  test("a commit with an open nested level is refused", () => {
    const transaction = db.begin();
    transaction.beginNested();

    expect(() => db.store.prepare(transaction, 0n)).toThrow("nested");
  });
});

describe("snapshots", () => {
  test("stay as they were while others commit", () => {
    const rows = db.seed(1, 2, 3);
    const reader = db.begin();
    const scan = reader.scan(db.app, "rows", "by_n", EVERYTHING, "asc");
    expect(scan.next()!.value.n).toBe(1);

    db.commit((t) => db.remove(t, rows[1]!));
    db.commit((t) => db.patch(t, rows[2]!, { n: 30 }));
    db.seed(2.5);

    expect(scan.next()!.value.n).toBe(2);
    expect(scan.next()!.value.n).toBe(3);
    expect(scan.next()).toBe(null);
    expect(db.collect(reader)).toEqual([1, 2, 3]);
    expect(reader.get(db.app, "rows", rows[1]!.id)!.value.n).toBe(2);
    expect(visible()).toEqual([1, 2.5, 30]);
  });

  test("several at different times each stay", () => {
    const readers: [Transaction, unknown[]][] = [];
    const numbers: number[] = [];
    for (let n = 0; n < 10; n++) {
      readers.push([db.begin(), [...numbers]], [db.begin(), [...numbers]]);
      db.seed(n);
      numbers.push(n);
    }
    for (const [reader] of readers.filter((_, index) => index % 3 === 0)) {
      reader.release();
    }
    db.seed(100);

    for (const [reader, expected] of readers.filter((_, index) => index % 3 !== 0)) {
      expect(db.collect(reader)).toEqual(expected);
    }
  });

  test("by_id can be scanned first when documents have changed since", () => {
    const idsSeen = (t: Transaction) => {
      const scan = t.scan(db.app, "rows", "by_id", EVERYTHING, "asc");
      const ids: string[] = [];
      for (let row = scan.next(); row !== null; row = scan.next()) {
        ids.push(row.id);
      }
      return ids;
    };
    const first = db.seed(1, 2, 3);
    const reader = db.begin();
    db.commit((t) => db.remove(t, first[0]!));
    const second = db.seed(4);
    const later = db.begin();
    db.commit((t) => db.remove(t, second[0]!));

    const sorted = (rows: { id: string }[]) => rows.map(({ id }) => id).sort();
    expect(idsSeen(reader)).toEqual(sorted(first));
    expect(idsSeen(later)).toEqual(sorted([...first.slice(1), ...second]));
    expect(idsSeen(db.begin())).toEqual(sorted(first.slice(1)));
    const third = db.seed(5);
    expect(idsSeen(db.begin())).toEqual(sorted([...first.slice(1), ...third]));
    expect(idsSeen(reader)).toEqual(sorted(first));
  });

  test("a view shows the snapshot without the transaction's writes, and outlives it", () => {
    db.seed(1);
    const transaction = db.begin();
    db.insert(transaction, { n: 2 });
    const view = transaction.snapshotView();
    expect(view.beginTs).toBe(transaction.beginTs);

    db.finish(transaction);
    db.seed(3);

    expect(db.collect(view)).toEqual([1]);
    expect(() => db.insert(view, { n: 4 })).toThrow("read-only");
  });

  test("a transaction that has ended reads no more", () => {
    const transaction = db.begin();
    transaction.release();
    transaction.release();

    expect(() => db.collect(transaction)).toThrow("ended");
    expect(() => db.store.check(transaction)).toThrow("ended");
  });
});

describe("what snapshots cost", () => {
  test("no tree is cloned while one transaction runs at a time", () => {
    for (let n = 0; n < 20; n++) {
      const [row] = db.seed(n);
      db.commit((t) => db.patch(t, row!, { n: n + 0.5 }));
      visible();
    }

    expect(db.store.counters.treeClones).toBe(0);
    expect(db.store.loggedCommits).toBe(0);
  });

  test("a live snapshot costs one clone of each index, not one per commit", () => {
    db.seed(1);
    const reader = db.begin();
    db.seed(2);
    // All but by_id, which nobody has scanned.
    const indexes = db.app.table("rows").current.layout.indexes.length - 1;
    expect(db.store.counters.treeClones).toBe(indexes);

    db.seed(3);
    db.seed(4);

    expect(db.store.counters.treeClones).toBe(indexes);
    expect(db.collect(reader)).toEqual([1]);
  });

  test("a table that is not written is not cloned", () => {
    db.seed(1);
    db.begin();

    db.commit((t) => t.insert(db.app, "audit", {}));

    expect(db.app.table("rows").versions).toBe(1);
    expect(db.app.table("audit").versions).toBe(2);
  });

  test("the log and the versions go with the oldest snapshot", () => {
    const oldest = db.begin();
    db.seed(1);
    const newer = db.begin();
    db.seed(2);
    db.seed(3);
    expect(db.store.loggedCommits).toBe(3);
    expect(db.app.table("rows").versions).toBe(3);

    oldest.release();
    expect(db.store.loggedCommits).toBe(2);
    newer.release();
    expect(db.store.loggedCommits).toBe(0);
    db.seed(4);

    expect(db.app.table("rows").versions).toBe(1);
  });

  test("replaced documents are kept while a snapshot sees them, once for each", () => {
    const [row] = db.seed(1);
    const { documents } = db.app.table("rows");
    const patch = (n: number) => db.commit((t) => db.patch(t, row!, { n }));
    patch(2);
    expect(documents.kept).toBe(0);

    const oldest = db.begin();
    patch(3);
    patch(4);
    expect(documents.kept).toBe(1);
    const newer = db.begin();
    patch(5);
    expect(documents.kept).toBe(2);

    oldest.release();
    patch(6);
    expect(documents.kept).toBe(1);
    expect(newer.get(db.app, "rows", row!.id)!.value.n).toBe(4);
    newer.release();
    patch(7);
    expect(documents.kept).toBe(0);
  });
});

describe("commit timestamps", () => {
  test("a placeholder orders last until commit, and becomes the timestamp", () => {
    db.commit((t) => db.insert(t, { n: 5n }));
    const transaction = db.begin();
    const pending = db.insert(transaction, {
      n: commitTsPlaceholder,
      list: [{ at: commitTsPlaceholder }],
    });
    db.insert(transaction, { n: 2n ** 62n });
    expect(pending.isPending).toBe(true);
    expect(db.collect(transaction)).toEqual([5n, 2n ** 62n, commitTsPlaceholder]);

    db.finish(transaction, 1_000n);

    const reader = db.begin();
    expect(db.collect(reader)).toEqual([5n, 1_000n, 2n ** 62n]);
    const committed = reader.get(db.app, "rows", pending.id)!;
    expect(committed.isPending).toBe(false);
    expect(committed.value.list).toEqual([{ at: 1_000n }]);
    expect(pending.value.n).toBe(commitTsPlaceholder);
  });

  test("a placeholder over a placeholder is no write", () => {
    const transaction = db.begin();
    const row = db.insert(transaction, { n: commitTsPlaceholder });

    expect(db.patch(transaction, row, { n: commitTsPlaceholder })).toBe(row);
  });
});

describe("deploys", () => {
  test("a new index is filled, and one that changed is filled anew", () => {
    db.commit((t) => {
      db.insert(t, { n: 1, m: 9 });
      db.insert(t, { n: 2, m: 8 });
    });

    db.store.setSchema("", schemaWith({ by_n: ["m"], by_both: ["m", "n"] }));

    const reader = db.begin();
    expect(db.collect(reader)).toEqual([2, 1]);
    expect(
      reader.scan(db.app, "rows", "by_both", EVERYTHING, "desc").next()!.value.n,
    ).toBe(1);
    expect(() => reader.scan(db.app, "rows", "by_m", EVERYTHING, "asc")).toThrow("by_m");
    reader.release();
    db.seed(3);
    expect(visible()).toEqual([3, 2, 1]);
  });

  test("a transaction from before it reads by the indexes there were", () => {
    const rows = db.seed(1, 2);
    const reader = db.begin();

    db.store.setSchema("", schemaWith({ by_n: ["m"] }));
    db.commit((t) => db.patch(t, rows[0]!, { m: 5 }));

    expect(db.collect(reader)).toEqual([1, 2]);
    expect(visible()).toEqual([2, 1]);
  });

  test("a table that stays as it was is not touched", () => {
    const transaction = db.begin();
    db.insert(transaction, { n: 1 });

    db.store.setSchema("", schemaWith({ by_n: ["n"], by_m: ["m"] }));

    expect(Array.isArray(db.tryFinish(transaction))).toBe(true);
  });

  test("a commit that was pending meanwhile lands in the new indexes", () => {
    const prepared = prepareInsert(1);
    db.store.setSchema("", schemaWith({ by_n: ["n"], by_new: ["n"] }));
    const before = db.begin();

    db.store.publish(prepared);

    expect(db.collect(before)).toEqual([]);
    const reader = db.begin();
    expect(reader.scan(db.app, "rows", "by_new", EVERYTHING, "asc").next()!.value.n).toBe(
      1,
    );
  });
});

describe("documents", () => {
  test("come by component, table and id", () => {
    const child = db.store.addNamespace("child", null);
    db.commit((t) => {
      t.insert(child, "b", { at: 1 });
      t.insert(child, "a", { at: 2 });
    });
    db.seed(1, 2);

    const listed = [...db.store.documents()];

    expect(listed.map(({ component, table }) => `${component}/${table}`)).toEqual([
      "/rows",
      "/rows",
      "child/a",
      "child/b",
    ]);
    expect(listed[0]!.document.id < listed[1]!.document.id).toBe(true);
  });

  test("every namespace has the system tables, and a path is taken once", () => {
    expect(db.app.findTable("_scheduled_functions")).not.toBe(null);
    expect(db.app.findTable("_storage")).not.toBe(null);
    expect(() => db.store.addNamespace("", null)).toThrow("exists");
  });
});
