/** Filter expressions: comparison, arithmetic, logic, and what they refuse. */
import { defineSubject } from "../case.js";
import { fails } from "../expectation.js";
import type { Deployment } from "../target.js";

const ROWS = [
  { key: 1, rank: 2, integer: 1n, nested: { field: 2 } },
  { key: 2, rank: 1, integer: 2n },
  { key: 3, rank: 3, integer: 5n, absent: 1 },
];

const filtered = (kind: string) => async (t: Deployment) => {
  await t.mutation("rows:insert", { table: "items", rows: ROWS });
  return await t.query("reads:filtered", { kind });
};

const selects = (kind: string, keys: number[]) => ({
  rule: `the filter "${kind}" selects the keys [${keys.join(", ")}] of 1 to 3`,
  observe: filtered(kind),
  expected: keys,
});

/** Bounds of one kind, and rows of every kind around it. */
const MIXED = [null, 1n, -1, 1, true, "a", "b", new ArrayBuffer(1), [1], { a: 1 }];

const agrees = (operator: string) => ({
  rule: `the filter "${operator}" orders values of all kinds as an index does`,
  observe: async (t: Deployment) => {
    const rows = MIXED.map((key, index) => ({ key, name: String(index) }));
    await t.mutation("rows:insert", { table: "items", rows });
    const differing: number[] = [];
    for (const [index, value] of MIXED.entries()) {
      const { byIndex, byFilter } = await t.query("reads:rangedByFilter", {
        operator,
        value,
      });
      if (byIndex.join() !== byFilter.join()) differing.push(index);
    }
    return differing;
  },
  expected: [],
});

export const filters = defineSubject("filters", {
  eq: selects("eq", [2]),
  neq: selects("neq", [1, 3]),
  lt: selects("lt", [1]),
  lte: selects("lte", [1, 2]),
  gt: selects("gt", [3]),
  gte: selects("gte", [2, 3]),
  add: selects("add", [1, 2]),
  sub: selects("sub", [2]),
  mul: selects("mul", [2]),
  div: selects("div", [3]),
  mod: selects("mod", [1, 3]),
  neg: selects("neg", [2]),
  and: selects("and", [2]),
  or: selects("or", [1, 3]),
  not: selects("not", [1, 3]),
  andOfNothing: selects("andOfNothing", [1, 2, 3]),
  orOfNothing: selects("orOfNothing", []),
  missingIsUndefined: selects("missingIsUndefined", [1, 2]),
  nested: selects("nested", [1]),
  fieldToField: selects("fieldToField", [3]),
  integerIsNoFloat: selects("integerIsNoFloat", []),
  addOfIntegers: selects("addOfIntegers", [2]),
  gtOfKinds: agrees("gt"),
  gteOfKinds: agrees("gte"),
  ltOfKinds: agrees("lt"),
  lteOfKinds: agrees("lte"),
  eqOfKinds: agrees("eq"),
  addOfKinds: {
    rule: "arithmetic needs two numbers or two integers",
    observe: filtered("addOfKinds"),
    expected: fails(/Cannot add/),
  },
  divOfIntegersByZero: {
    rule: "an integer is not divided by zero",
    observe: filtered("divOfIntegersByZero"),
    expected: fails(/Cannot divide .* by zero/),
  },
  notOfNumber: {
    rule: "logic needs booleans",
    observe: filtered("notOfNumber"),
    expected: fails(/boolean/i),
  },
  asPredicate: {
    rule: "a filter is a boolean",
    observe: filtered("asPredicate"),
    expected: fails(/boolean/i),
  },
});
