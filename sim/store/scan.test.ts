/**
 * Scans against a naive model: lists of documents, copied for each nested level and sorted
 * for each scan. Commands write, nest, and move scans that stay open meanwhile.
 */
import { compareValues, type Value } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { StoredDocument } from "../values/document.js";
import { encodeKey, EVERYTHING, KEY_MAX, type KeyRange } from "../values/keys.js";
import type { Scan, ScanOrder, Transaction } from "./store.js";
import { TestStore } from "./testStore.js";

const RUNS = 1_500;

type Command =
  | { kind: "insert"; n: number }
  | { kind: "replace"; pick: number; n: number }
  | { kind: "remove"; pick: number }
  | { kind: "begin" | "commit" | "rollback" | "collect" }
  | { kind: "open"; low: number; high: number; order: ScanOrder }
  | { kind: "next"; pick: number };

const number = fc.nat({ max: 12 });
const pick = fc.nat({ max: 30 });
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constant("insert" as const), n: number }),
  fc.record({ kind: fc.constant("replace" as const), pick, n: number }),
  fc.record({ kind: fc.constant("remove" as const), pick }),
  fc.record({
    kind: fc.constantFrom(
      "begin" as const,
      "commit" as const,
      "rollback" as const,
      "collect" as const,
    ),
  }),
  fc.record({
    kind: fc.constant("open" as const),
    low: number,
    high: number,
    order: fc.constantFrom("asc" as const, "desc" as const),
  }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("next" as const), pick }) },
);

/** A document's place in by_n. */
type Place = [n: Value, creationTime: number, id: string];

interface ModelScan {
  readonly low: number;
  readonly high: number;
  readonly order: ScanOrder;
  last: Place | null;
  isDone: boolean;
}

class Model {
  /** The innermost nested level is last. */
  levels = [new Map<string, StoredDocument>()];

  get documents(): Map<string, StoredDocument> {
    return this.levels.at(-1)!;
  }

  pick(index: number): StoredDocument | undefined {
    const all = [...this.documents.values()];
    return all[index % Math.max(all.length, 1)];
  }

  sorted(low: number, high: number, order: ScanOrder): StoredDocument[] {
    const sign = order === "asc" ? 1 : -1;
    return [...this.documents.values()]
      .filter(({ value }) => (value.n as number) >= low && (value.n as number) < high)
      .sort((a, b) => sign * comparePlaces(placeOf(a), placeOf(b)));
  }

  next(scan: ModelScan): StoredDocument | null {
    const sign = scan.order === "asc" ? 1 : -1;
    const ahead = this.sorted(scan.low, scan.high, scan.order).find(
      (each) => scan.last === null || sign * comparePlaces(placeOf(each), scan.last) > 0,
    );
    if (scan.isDone || ahead === undefined) {
      scan.isDone = true;
      return null;
    }
    scan.last = placeOf(ahead);
    return ahead;
  }
}

function placeOf({ value, id }: StoredDocument): Place {
  return [value.n!, value._creationTime as number, id];
}

function comparePlaces(a: Place, b: Place): number {
  return compareValues(a, b);
}

function rangeOf(low: number, high: number): KeyRange {
  return { start: encodeKey([low]), end: encodeKey([high]) };
}

/** Runs commands on both, comparing every answer. */
class Run {
  readonly db = new TestStore();
  readonly model = new Model();
  readonly transaction: Transaction;
  readonly scans: { real: Scan; model: ModelScan }[] = [];

  constructor(seeds: readonly number[]) {
    for (const document of this.db.seed(...seeds)) {
      this.model.documents.set(document.id, document);
    }
    this.transaction = this.db.begin();
  }

  apply(each: Command): void {
    switch (each.kind) {
      case "insert":
        return this.#keep(this.db.insert(this.transaction, { n: each.n }));
      case "replace":
      case "remove":
        return this.#change(each);
      case "open":
        return this.#open(each);
      case "next":
        return this.#next(each.pick);
      case "collect":
        return this.compareAll();
      default:
        return this.#nest(each.kind);
    }
  }

  compareAll(): void {
    for (const order of ["asc", "desc"] as const) {
      const expected = this.model.sorted(-Infinity, Infinity, order).map(idOf);
      expect(this.#collect("by_n", order)).toEqual(expected);
    }
    const ids = [...this.model.documents.keys()].sort();
    expect(this.#collect("by_id", "asc")).toEqual(ids);
  }

  #collect(index: string, order: ScanOrder): string[] {
    const scan = this.transaction.scan(this.db.app, "rows", index, EVERYTHING, order);
    const ids: string[] = [];
    for (let row = scan.next(); row !== null; row = scan.next()) {
      ids.push(row.id);
    }
    return ids;
  }

  #keep(document: StoredDocument): void {
    this.model.documents.set(document.id, document);
  }

  #change(each: Command & { kind: "replace" | "remove" }): void {
    const chosen = this.model.pick(each.pick);
    if (chosen === undefined) {
      return;
    }
    if (each.kind === "remove") {
      this.db.remove(this.transaction, chosen);
      this.model.documents.delete(chosen.id);
    } else {
      this.#keep(this.db.patch(this.transaction, chosen, { n: each.n }));
    }
  }

  #open({ low, high, order }: Command & { kind: "open" }): void {
    const range = rangeOf(low, high);
    const real = this.transaction.scan(this.db.app, "rows", "by_n", range, order);
    this.scans.push({ real, model: { low, high, order, last: null, isDone: false } });
  }

  #next(index: number): void {
    const scan = this.scans[index % Math.max(this.scans.length, 1)];
    if (scan !== undefined) {
      expect(scan.real.next()?.id).toBe(this.model.next(scan.model)?.id);
    }
  }

  #nest(kind: "begin" | "commit" | "rollback"): void {
    const { levels } = this.model;
    if (kind === "begin") {
      this.transaction.beginNested();
      levels.push(new Map(this.model.documents));
    } else if (levels.length > 1) {
      const ended = levels.pop()!;
      if (kind === "commit") {
        this.transaction.commitNested();
        levels[levels.length - 1] = ended;
      } else {
        this.transaction.rollbackNested();
      }
    }
  }
}

function idOf(document: StoredDocument): string {
  return document.id;
}

describe("scans", () => {
  test("see the snapshot with the writes of all levels, in order, while both change", () => {
    fc.assert(
      fc.property(
        fc.array(number, { maxLength: 12, size: "max" }),
        fc.array(command, { maxLength: 40, size: "max" }),
        (seeds, commands) => {
          const run = new Run(seeds);
          for (const each of commands) {
            run.apply(each);
          }
          run.compareAll();

          while (run.transaction.depth > 0) {
            run.apply({ kind: "commit" });
          }
          run.db.finish(run.transaction);
          const committed = [...run.db.store.documents()].map(
            ({ document }) => document.id,
          );
          expect(committed).toEqual([...run.model.documents.keys()].sort());
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("a write behind the last row is not seen, one ahead of it is", () => {
    const db = new TestStore();
    db.seed(10, 20);
    const transaction = db.begin();
    const scan = transaction.scan(db.app, "rows", "by_n", EVERYTHING, "asc");

    expect(scan.next()!.value.n).toBe(10);
    db.insert(transaction, { n: 5 });
    db.insert(transaction, { n: 15 });

    expect(scan.next()!.value.n).toBe(15);
    expect(scan.next()!.value.n).toBe(20);
    expect(scan.next()).toBe(null);
  });

  test("a row replaced at its place is given as it is now", () => {
    const db = new TestStore();
    const [row] = db.seed(10);
    const transaction = db.begin();
    const scan = transaction.scan(db.app, "rows", "by_n", EVERYTHING, "asc");

    db.patch(transaction, row!, { x: 1 });

    expect(scan.next()!.value.x).toBe(1);
    expect(scan.next()).toBe(null);
  });

  test("lastKey is the key of the last consumed row", () => {
    const db = new TestStore();
    const [row] = db.seed(10);
    const scan = db.begin().scan(db.app, "rows", "by_n", EVERYTHING, "asc");

    expect(scan.lastKey).toBe(null);
    scan.next();
    scan.next();

    expect(scan.lastKey).toBe(encodeKey([10, row!.value._creationTime!, row!.id]));
  });

  test("an empty table and an inverted range have no rows", () => {
    const db = new TestStore();
    const transaction = db.begin();
    const inverted = { start: KEY_MAX, end: "" };

    for (const order of ["asc", "desc"] as const) {
      expect(db.take(transaction, 1, EVERYTHING, order)).toEqual([]);
      db.seed(1);
      expect(db.take(db.begin(), 1, inverted, order)).toEqual([]);
    }
  });
});
