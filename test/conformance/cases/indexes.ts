/** Indexes: their order over all kinds of values, ranges, and ranges that are refused. */
import { byQuery, defineSubject } from "../case.js";
import { fails } from "../expectation.js";
import type { Deployment } from "../target.js";

const bytes = (...list: number[]) => new Uint8Array(list).buffer;

/** Values of every kind in the order of an index; the names say where each belongs. */
const IN_ORDER: [string, unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["integer min", -(2n ** 63n)],
  ["integer -1", -1n],
  ["integer 0", 0n],
  ["integer max", 2n ** 63n - 1n],
  ["-Infinity", -Infinity],
  ["-1.5", -1.5],
  ["-0", -0],
  ["0", 0],
  ["smallest", Number.MIN_VALUE],
  ["1", 1],
  ["2", 2],
  ["10", 10],
  ["Infinity", Infinity],
  ["NaN", NaN],
  ["false", false],
  ["true", true],
  ["empty string", ""],
  ["null character", "\u0000"],
  ["A", "A"],
  ["a", "a"],
  ["ab", "ab"],
  ["b", "b"],
  ["e acute", "\u00e9"],
  ["end of the basic plane", "\uffee"],
  ["beyond it", "\u{1f600}"],
  ["no bytes", bytes()],
  ["byte 0", bytes(0)],
  ["bytes 0 1", bytes(0, 1)],
  ["byte 1", bytes(1)],
  ["byte 255", bytes(255)],
  ["empty array", []],
  ["array null", [null]],
  ["array 1", [1]],
  ["array 1 2", [1, 2]],
  ["array 2", [2]],
  ["array text", ["a"]],
  ["empty object", {}],
  ["object a", { a: 1 }],
  ["object a 2", { a: 2 }],
  ["object a b", { a: 2, b: 1 }],
  ["object b", { b: 1 }],
];

const NAMES = IN_ORDER.map(([name]) => name);

/** In an order that is neither that of the index nor its reverse. */
async function insertAll(t: Deployment): Promise<void> {
  const rows = IN_ORDER.map(([name, key]) => (key === undefined ? { name } : { name, key }));
  const shuffled = rows.map((_, index) => rows[(index * 17 + 5) % rows.length]);
  await t.mutation("rows:insert", { table: "items", rows: shuffled });
}

/** Pairs of a key and a rank, and a row that lacks the rank. */
async function insertPairs(t: Deployment): Promise<void> {
  const rows = [1, 2, 3].flatMap((key) =>
    [1, 2, 3].map((rank) => ({ key, rank, name: `${key}.${rank}` })),
  );
  await t.mutation("rows:insert", {
    table: "items",
    rows: [{ key: 2, name: "2.-" }, ...rows.reverse()],
  });
}

const ranged = (steps: unknown[][], options: object = {}) => ({
  observe: async (t: Deployment) => {
    await insertPairs(t);
    return await t.query("reads:ranged", { index: "by_key_rank", steps, ...options });
  },
});

export const indexes = defineSubject("indexes", {
  ascending: {
    rule: "an index orders all kinds of values, missing fields first",
    observe: async (t) => {
      await insertAll(t);
      return await t.query("reads:ordered", { order: "asc", index: "by_key" });
    },
    expected: NAMES,
  },
  descending: {
    rule: "descending is the exact reverse",
    observe: async (t) => {
      await insertAll(t);
      return await t.query("reads:ordered", { order: "desc", index: "by_key" });
    },
    expected: [...NAMES].reverse(),
  },
  everyBound: {
    rule: "gt, gte, lt, lte and eq split the order at any value of any kind",
    observe: async (t) => {
      await insertAll(t);
      const wrong: string[] = [];
      for (const [index, [name, key]] of IN_ORDER.entries()) {
        const expected: Record<string, string[]> = {
          eq: [name],
          lt: NAMES.slice(0, index),
          lte: NAMES.slice(0, index + 1),
          gt: NAMES.slice(index + 1),
          gte: NAMES.slice(index),
        };
        for (const [operator, names] of Object.entries(expected)) {
          const step = [operator, "key", key === undefined ? "undefined" : key];
          const args = { index: "by_key", steps: [step] };
          const found = await t.query("reads:ranged", args);
          if (found.join() !== names.join()) wrong.push(`${operator} ${name}`);
        }
      }
      return wrong;
    },
    expected: [],
  },
  tieByCreation: {
    rule: "rows with equal keys come in the order of their creation",
    observe: async (t) => {
      const rows = ["x", "y", "z"].map((name) => ({ name, key: 1 }));
      await t.mutation("rows:insert", { table: "items", rows });
      return [
        await t.query("reads:ordered", { order: "asc", index: "by_key" }),
        await t.query("reads:ordered", { order: "desc", index: "by_key" }),
      ];
    },
    expected: [
      ["x", "y", "z"],
      ["z", "y", "x"],
    ],
  },
  byCreationTime: {
    rule: "by_creation_time and a scan of the table follow creation",
    observe: async (t) => {
      const rows = ["c", "a", "b"].map((name) => ({ name }));
      await t.mutation("rows:insert", { table: "items", rows });
      const index = "by_creation_time";
      return {
        asc: await t.query("reads:ordered", { order: "asc", index }),
        desc: await t.query("reads:ordered", { order: "desc", index }),
        scanned: await t.query("rows:list", { table: "items" }),
      };
    },
    expected: {
      asc: ["c", "a", "b"],
      desc: ["b", "a", "c"],
      scanned: [{ name: "c" }, { name: "a" }, { name: "b" }],
    },
  },
  byId: {
    rule: "by_id orders by id",
    observe: async (t) => {
      const rows = ["c", "a", "b"].map((name) => ({ name }));
      const ids: string[] = await t.mutation("rows:insert", { table: "items", rows });
      const nameOf = (id: string) => rows[ids.indexOf(id)]!.name;
      const names = await t.query("reads:ordered", { order: "asc", index: "by_id" });
      return names.join() === [...ids].sort().map(nameOf).join();
    },
    expected: true,
  },
  nestedField: {
    rule: "an index reaches into nested objects; where there is none the field is missing",
    observe: async (t) => {
      const rows = [
        { name: "two", nested: { field: 2 } },
        { name: "none" },
        { name: "no object", nested: 5 },
        { name: "one", nested: { field: 1 } },
      ];
      await t.mutation("rows:insert", { table: "items", rows });
      const missing = { index: "by_nested", steps: [["eq", "nested.field", "undefined"]] };
      return {
        all: await t.query("reads:ordered", { order: "asc", index: "by_nested" }),
        missing: await t.query("reads:ranged", missing),
      };
    },
    expected: { all: ["none", "no object", "one", "two"], missing: ["none", "no object"] },
  },
  prefix: {
    rule: "a range may fix a prefix of the index",
    ...ranged([["eq", "key", 2]]),
    expected: ["2.-", "2.1", "2.2", "2.3"],
  },
  bothBounds: {
    rule: "a range has a lower and an upper bound after its prefix",
    ...ranged([
      ["eq", "key", 2],
      ["gt", "rank", 1],
      ["lte", "rank", 3],
    ]),
    expected: ["2.2", "2.3"],
  },
  descendingRange: {
    rule: "a range can be read from its end",
    ...ranged(
      [
        ["gte", "key", 2],
        ["lt", "key", 3],
      ],
      { desc: true },
    ),
    expected: ["2.3", "2.2", "2.1", "2.-"],
  },
  emptyRange: {
    rule: "bounds that cross select nothing",
    ...ranged([
      ["gt", "key", 3],
      ["lt", "key", 1],
    ]),
    expected: [],
  },
  missingField: {
    rule: "equality with undefined selects rows that lack the field",
    ...ranged([
      ["eq", "key", 2],
      ["eq", "rank", "undefined"],
    ]),
    expected: ["2.-"],
  },
  wrongOrder: {
    rule: "a range must use the fields of the index in their order",
    ...ranged([["eq", "rank", 1]]),
    expected: fails(/didn't use the index fields in order/),
  },
  unindexedField: {
    rule: "a range on a field that is not in the index is refused",
    ...ranged([["eq", "name", "2.1"]]),
    expected: fails(/doesn't index this field/),
  },
  twoEqualities: {
    rule: "a field takes one equality",
    ...ranged([
      ["eq", "key", 1],
      ["eq", "key", 1],
    ]),
    expected: fails(/Already defined equality bound in index range/),
  },
  twoLowerBounds: {
    rule: "a field takes one lower bound",
    ...ranged([
      ["gt", "key", 1],
      ["gte", "key", 2],
    ]),
    expected: fails(/Already defined lower bound in index range/),
  },
  boundsOnTwoFields: {
    rule: "both bounds are on the same field",
    ...ranged([
      ["gt", "key", 1],
      ["lt", "rank", 3],
    ]),
    expected: fails(/can only be applied to a single index\s+field/),
  },
  equalityAfterBound: {
    rule: "no field of the index follows the one that is bounded",
    ...ranged([
      ["gt", "key", 1],
      ["eq", "rank", 3],
    ]),
    expected: fails(/didn't use the index fields in order/),
  },
  unknown: {
    rule: "an index that is not declared is refused; a table without rows is empty",
    observe: byQuery("reads:unknown"),
    expected: {
      table: { ok: 0 },
      index: { error: /Index items\.by_nothing not found/ },
      searchIndex: { error: /Index notes\.by_nothing not found/ },
    },
  },
});
