import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  indexRange,
  scan,
  TestDatabase,
  type Json,
  type Query,
  type TestSession,
} from "../database/testDatabase.js";
import { namespaceSchema } from "../schema/schema.js";

const SCHEMA = namespaceSchema(
  defineSchema({ items: defineTable(v.any()).index("by_group", ["group", "rank"]) }),
);

interface Page {
  page: Json[];
  isDone: boolean;
  continueCursor: string;
  splitCursor: string | null;
  pageStatus: string | null;
}

function database(
  profile: "faithful" | "convexTest",
  rows: readonly Json[],
): TestDatabase {
  const created = new TestDatabase(profile, {
    schema: SCHEMA,
    session: { allowsManyPages: true },
  });
  created.commit(({ insert }) => rows.forEach((row) => insert("items", row)));
  return created;
}

function readPage({ run }: TestSession, query: Query, request: Json): Page {
  const defaults = { cursor: null, endCursor: null, pageSize: 10, maximumRowsRead: null };
  return run("queryPage", { query, ...defaults, ...request }) as Page;
}

const PAGES_MAX = 200;

function walk(session: TestSession, query: Query, sizes: readonly number[]): Page[] {
  const pages: Page[] = [];
  let cursor: string | null = null;
  for (let turn = 0; turn < PAGES_MAX; turn += 1) {
    const page = readPage(session, query, {
      cursor,
      pageSize: sizes[turn % sizes.length],
    });
    pages.push(page);
    if (page.isDone) {
      return pages;
    }
    cursor = page.continueCursor;
  }
  throw new Error("The pages did not end");
}

const row = fc.record({
  group: fc.constantFrom<unknown>("a", "b", null, 1),
  rank: fc.nat(3),
});
const query = fc
  .tuple(
    fc.constantFrom("asc" as const, "desc" as const),
    fc.constantFrom("scan", "index", "prefix", "range"),
    fc.option(fc.nat(3)),
  )
  .map(([order, kind, rank]): Query => {
    const equal = { type: "Eq", fieldPath: "group", value: "a" };
    const above = { type: "Gt", fieldPath: "rank", value: 0 };
    const ranges = { scan: [], index: [], prefix: [equal], range: [equal, above] };
    const selected =
      kind === "scan"
        ? scan("items", order)
        : indexRange("items.by_group", ranges[kind as "index"], order);
    if (rank !== null) {
      const filter = { $neq: [{ $field: "rank" }, { $literal: rank }] };
      selected.operators.push({ filter });
    }
    return selected;
  });
const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });

describe.each(["faithful", "convexTest"] as const)("pages, %s", (profile) => {
  test("all pages together are the collected list, in both directions", () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 25 }),
        query,
        sizes,
        (rows, asked, turns) => {
          const session = database(profile, rows).open();

          const pages = walk(session, asked, turns);

          expect(pages.flatMap(({ page }) => page)).toEqual(session.query(asked));
        },
      ),
    );
  });

  test("a page read again up to its end has what was inserted into it since", () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 15 }),
        row,
        query,
        sizes,
        (rows, added, asked, turns) => {
          const tested = database(profile, rows);
          const before = walk(tested.open(), asked, turns);
          tested.commit(({ insert }) => insert("items", added));
          const session = tested.open();

          const again = before.map(({ continueCursor }, at) =>
            readPage(session, asked, {
              cursor: before[at - 1]?.continueCursor ?? null,
              endCursor: continueCursor,
            }),
          );

          expect(again.flatMap(({ page }) => page)).toEqual(session.query(asked));
        },
      ),
    );
  });
});

describe("pages on the platform", () => {
  const TEN = Array.from({ length: 10 }, (_, rank) => ({ group: "a", rank }));
  const ALL = indexRange("items.by_group", [
    { type: "Eq", fieldPath: "group", value: "a" },
  ]);
  const NONE: Query = {
    ...ALL,
    operators: [{ filter: { $eq: [{ $field: "rank" }, { $literal: 99 }] } }],
  };

  test("a full page is not known to be the last; the next one is empty", () => {
    const session = database("faithful", TEN).open();

    const [first, second] = walk(session, ALL, [10]);

    expect(first!.page).toHaveLength(10);
    expect(first!.isDone).toBe(false);
    expect(second).toMatchObject({ page: [], isDone: true });
  });

  test.each([
    ["maximumRowsRead", { maximumRowsRead: 4 }, 4],
    ["maximumBytesRead", { maximumBytesRead: 1 }, 1],
  ])("%s ends a page early, and says so", (_name, limits, rows) => {
    const session = database("faithful", TEN).open();

    const page = readPage(session, ALL, limits);

    expect(page.page).toHaveLength(rows);
    expect(page).toMatchObject({ isDone: false, pageStatus: "SplitRequired" });
    expect(session.usage.metrics().documentsRead.used).toBe(rows);
  });

  test("rows that a filter drops count as read, and can be split", () => {
    const session = database("faithful", TEN).open();

    const page = readPage(session, NONE, { maximumRowsRead: 6 });
    const half = readPage(session, NONE, { cursor: page.splitCursor });

    expect(page).toMatchObject({ page: [], isDone: false, pageStatus: "SplitRequired" });
    expect(half.isDone).toBe(true);
    expect(session.usage.metrics().documentsRead.used).toBe(6 + 6);
  });

  test("a split is recommended near the limit", () => {
    const session = database("faithful", TEN).open();

    expect(readPage(session, ALL, { maximumRowsRead: 12 }).pageStatus).toBe(
      "SplitRecommended",
    );
    expect(readPage(session, ALL, { maximumRowsRead: 14 }).pageStatus).toBeNull();
  });

  test("a limit of the transaction ends the page instead of failing", () => {
    const tested = database("faithful", TEN);
    const session = tested.open(tested.begin(), { limits: { documentsRead: 3 } });

    const page = readPage(session, ALL, {});

    expect(page.page).toHaveLength(3);
    expect(page.pageStatus).toBe("SplitRequired");
  });

  test("only what lies between the cursors is read", () => {
    const tested = database("faithful", TEN);
    const session = tested.open();
    const first = readPage(tested.open(), ALL, { pageSize: 3 });
    readPage(session, ALL, { cursor: first.continueCursor, pageSize: 2 });
    const conflicts = (rank: number) => {
      tested.commit(({ insert }) => insert("items", { group: "a", rank }));
      return tested.store.check(session.transaction) !== null;
    };

    expect(session.transaction.readIntervals).toBe(1);
    expect(conflicts(1.5)).toBe(false);
    expect(conflicts(4.5)).toBe(false);
    expect(conflicts(3.5)).toBe(true);
  });

  test("a cursor serves its own query only", () => {
    const session = database("faithful", TEN).open();
    const { continueCursor: cursor } = readPage(session, ALL, { pageSize: 1 });

    expect(() => readPage(session, NONE, { cursor })).toThrow(
      "InvalidCursor: Tried to run a query starting from a cursor, but it looks like this " +
        "cursor is from a different query.",
    );
    expect(() => readPage(session, ALL, { cursor: "x" })).toThrow(
      "Failed to parse cursor",
    );
  });

  test("a page of nothing is refused, and so are limits of nothing", () => {
    const session = database("faithful", TEN).open();

    expect(() => readPage(session, ALL, { pageSize: 0 })).toThrow("at least 1 document");
    expect(() => readPage(session, ALL, { maximumRowsRead: 0 })).toThrow(
      "greater than 0",
    );
  });
});
