/** Pagination: pages, cursors, their ends, and what splits a page. */
import { byQuery, defineSubject } from "../case.js";
import { anyString, fails, satisfies } from "../expectation.js";
import type { Deployment } from "../target.js";

async function fill(t: Deployment, count = 5): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => ({ key: index + 1 }));
  await t.mutation("rows:insert", { table: "items", rows });
}

async function page(t: Deployment, options: object, rest: object = {}): Promise<any> {
  return await t.query("reads:page", { options, ...rest });
}

/** All pages until the last, bounded. */
async function pages(t: Deployment, numItems: number, rest: object = {}): Promise<any[]> {
  const found: any[] = [];
  let cursor: string | null = null;
  for (let count = 0; count < 20; count += 1) {
    const next = await page(t, { numItems, cursor }, rest);
    found.push(next.page);
    if (next.isDone) return found;
    cursor = next.continueCursor;
  }
  return found;
}

export const pagination = defineSubject("pages", {
  first: {
    rule: "a page has its rows, a cursor to go on with, and nothing to split",
    observe: async (t) => {
      await fill(t);
      return await page(t, { numItems: 2, cursor: null });
    },
    expected: {
      page: [1, 2],
      isDone: false,
      continueCursor: anyString,
      splitCursor: null,
      pageStatus: null,
    },
  },
  all: {
    rule: "pages continue one after the other until all rows were given once",
    observe: async (t) => {
      await fill(t);
      return (await pages(t, 2)).flat();
    },
    expected: [1, 2, 3, 4, 5],
  },
  descending: {
    rule: "pages go downwards as well",
    observe: async (t) => {
      await fill(t);
      return (await pages(t, 2, { desc: true })).flat();
    },
    expected: [5, 4, 3, 2, 1],
  },
  exactEnd: {
    rule: "a full last page does not say that it is the last; an empty one follows",
    observe: async (t) => {
      await fill(t, 4);
      return await pages(t, 2);
    },
    expected: [[1, 2], [3, 4], []],
  },
  empty: {
    rule: "nothing is one empty page, which is the last",
    observe: (t) => page(t, { numItems: 2, cursor: null }),
    expected: satisfies(
      "an empty last page",
      (one) => one.page.length === 0 && one.isDone,
    ),
  },
  afterEnd: {
    rule: "the cursor of the end gives an empty page",
    observe: async (t) => {
      await fill(t, 1);
      const last = await page(t, { numItems: 5, cursor: null });
      const after = await page(t, { numItems: 5, cursor: last.continueCursor });
      return { page: after.page, isDone: after.isDone };
    },
    expected: { page: [], isDone: true },
  },
  stableCursor: {
    rule: "a cursor holds its place when rows come and go",
    observe: async (t) => {
      await fill(t);
      const first = await page(t, { numItems: 2, cursor: null });
      await t.mutation("rows:insert", {
        table: "items",
        rows: [{ key: 0 }, { key: 2.5 }],
      });
      return (await page(t, { numItems: 2, cursor: first.continueCursor })).page;
    },
    expected: [2.5, 3],
  },
  endCursor: {
    rule: "with an end cursor a page reaches exactly there, whatever its size",
    observe: async (t) => {
      await fill(t);
      const first = await page(t, { numItems: 3, cursor: null });
      await t.mutation("rows:insert", { table: "items", rows: [{ key: 1.5 }] });
      const options = { numItems: 1, cursor: null, endCursor: first.continueCursor };
      return (await page(t, options)).page;
    },
    expected: [1, 1.5, 2, 3],
  },
  filtered: {
    rule: "a filter does not count against the size of a page",
    observe: async (t) => {
      await fill(t);
      return (await page(t, { numItems: 2, cursor: null }, { least: 3 })).page;
    },
    expected: [3, 4],
  },
  maximumRowsRead: {
    rule: "a page that has read its maximum of rows ends, and asks to be split",
    observe: async (t) => {
      await fill(t);
      const options = { numItems: 4, cursor: null, maximumRowsRead: 3 };
      const { page: keys, isDone, pageStatus, splitCursor } = await page(t, options);
      return { keys, isDone, pageStatus, splitCursor };
    },
    expected: {
      keys: [1, 2, 3],
      isDone: false,
      pageStatus: "SplitRequired",
      splitCursor: anyString,
    },
  },
  twice: {
    rule: "a function paginates one query",
    observe: byQuery("reads:twoPages"),
    expected: { error: /single paginated query/ },
  },
  zeroItems: {
    rule: "a page has one row at least",
    observe: (t) => page(t, { numItems: 0, cursor: null }),
    expected: fails(/at least 1 document/),
  },
  negativeItems: {
    rule: "the number of rows is not negative",
    observe: (t) => page(t, { numItems: -1, cursor: null }),
    expected: fails(/must be a positive number/),
  },
  badCursor: {
    rule: "a cursor is one that was given out",
    observe: (t) => page(t, { numItems: 1, cursor: "nonsense" }),
    expected: fails(/cursor/i),
  },
  inComponent: {
    rule: "components do not paginate",
    observe: byQuery("parts:ask", { path: "entries.page", args: {} }),
    expected: fails(/paginate\(\) is only supported in the app/),
  },
});
