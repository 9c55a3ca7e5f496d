/**
 * What commits is serializable: had a transaction begun at the moment of its commit, it
 * would have read the same. Several run at once, and their commits overlap.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { encodeKey, EVERYTHING, type KeyRange } from "../values/keys.js";
import type { Canary, PreparedCommit, ScanOrder, Transaction } from "./store.js";
import { TestStore } from "./testStore.js";

const RUNS = 600;
const SLOTS = 4;

const number = fc.nat({ max: 9 });
const slot = fc.nat({ max: SLOTS - 1 });
const command = fc.oneof(
  fc.record({
    kind: fc.constant("take" as const),
    slot,
    range: fc.tuple(number, number),
    limit: fc.integer({ min: 1, max: 4 }),
    order: fc.constantFrom("asc" as const, "desc" as const),
  }),
  fc.record({ kind: fc.constant("get" as const), slot, pick: number }),
  fc.record({ kind: fc.constant("insert" as const), slot, n: number }),
  fc.record({ kind: fc.constant("patch" as const), slot, pick: number, n: number }),
  fc.record({ kind: fc.constant("remove" as const), slot, pick: number }),
  fc.record({ kind: fc.constant("prepare" as const), slot }),
  fc.record({ kind: fc.constant("publish" as const), pick: number }),
);

/** A read, to be done again on another transaction; it tells what it saw. */
type Read = (transaction: Transaction) => unknown;

interface Running {
  readonly transaction: Transaction;
  /** Only those before the first write: later ones also see the transaction's own. */
  readonly reads: { read: Read; saw: unknown }[];
}

class Run {
  readonly db = new TestStore();
  readonly ids: string[];
  readonly running: (Running | null)[] = Array.from({ length: SLOTS }, () => null);
  readonly prepared: PreparedCommit[] = [];

  constructor() {
    this.ids = this.db.seed(0, 1, 2, 3, 4, 5, 6, 7, 8, 9).map(({ id }) => id);
  }

  apply(each: typeof command extends fc.Arbitrary<infer T> ? T : never): void {
    if (each.kind === "publish") {
      return this.publishOne(each.pick);
    }
    const running = (this.running[each.slot] ??= {
      transaction: this.db.begin(),
      reads: [],
    });
    const { transaction } = running;
    switch (each.kind) {
      case "take": {
        const range = rangeOf(...each.range);
        return this.#read(running, (t) => this.#take(t, each.limit, range, each.order));
      }
      case "get":
        return this.#read(running, (t) => this.#get(t, each.pick));
      case "insert":
        this.db.insert(transaction, { n: each.n });
        return;
      case "patch":
      case "remove":
        return this.#change(running, each);
      case "prepare":
        return this.#prepare(running, each.slot);
    }
  }

  /** In any order; the store holds back what would be too early. */
  publishOne(pick: number): void {
    const commit = this.prepared[pick % Math.max(this.prepared.length, 1)];
    if (commit?.state === "pending") {
      this.db.store.publish(commit);
    }
  }

  /** Whoever begins once all earlier commits are visible stands where this commit does. */
  #prepare({ transaction, reads }: Running, index: number): void {
    this.running[index] = null;
    const { hasWrites } = transaction;
    const outcome = this.db.store.prepare(transaction, 0n);
    if (outcome.kind === "conflict" || !hasWrites) {
      return;
    }
    this.prepared.forEach((_, earlier) => this.publishOne(earlier));
    const again = this.db.begin();
    for (const { read, saw } of reads) {
      expect(read(again)).toEqual(saw);
    }
    again.release();
    this.prepared.push(outcome);
  }

  #read(running: Running, read: Read): void {
    const saw = read(running.transaction);
    if (!running.transaction.hasWrites) {
      running.reads.push({ read, saw });
    }
  }

  #take(t: Transaction, limit: number, range: KeyRange, order: ScanOrder): unknown {
    return this.db.take(t, limit, range, order);
  }

  #get(t: Transaction, pick: number): unknown {
    return t.get(this.db.app, "rows", this.ids[pick]!)?.value ?? null;
  }

  #change(
    running: Running,
    each: { kind: "patch" | "remove"; pick: number; n?: number },
  ) {
    const { transaction } = running;
    const document = transaction.get(this.db.app, "rows", this.ids[each.pick]!);
    if (document === null) {
      return;
    }
    if (each.kind === "remove") {
      this.db.remove(transaction, document);
    } else {
      this.db.patch(transaction, document, { n: each.n! });
    }
  }
}

function rangeOf(a: number, b: number): KeyRange {
  return a === b ? EVERYTHING : { start: encodeKey([a]), end: encodeKey([b]) };
}

function checkRuns(canary: Canary): void {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60, size: "max" }), (commands) => {
      const run = new Run();
      Object.assign(run.db.store.canary, canary);
      for (const each of commands) {
        run.apply(each);
      }
    }),
    { numRuns: RUNS },
  );
}

describe("transactions at once", () => {
  test("read at commit what they read at their snapshot", () => {
    checkRuns({});
  });

  test("do not where conflicts are ignored: the check above can fail", () => {
    expect(() => checkRuns({ skipConflicts: true })).toThrow("Property failed");
  });
});
