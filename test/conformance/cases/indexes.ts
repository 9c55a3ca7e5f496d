/** Indexes: their order over all kinds of values, and their bounds. */
import { byQuery, defineSubject } from "../case.js";
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
  const rows = IN_ORDER.map(([name, key]) =>
    key === undefined ? { name } : { name, key },
  );
  const shuffled = rows.map((_, index) => rows[(index * 17 + 5) % rows.length]);
  await t.mutation("rows:insert", { table: "items", rows: shuffled });
}

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
      const missing = {
        index: "by_nested",
        steps: [["eq", "nested.field", "undefined"]],
      };
      return {
        all: await t.query("reads:ordered", { order: "asc", index: "by_nested" }),
        missing: await t.query("reads:ranged", missing),
      };
    },
    expected: {
      all: ["none", "no object", "one", "two"],
      missing: ["none", "no object"],
    },
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
