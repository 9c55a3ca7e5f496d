/** Ranges of an index of two fields, and ranges that are refused. */
import { defineSubject } from "../case.js";
import { fails } from "../expectation.js";
import type { Deployment } from "../target.js";

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

export const ranges = defineSubject("ranges", {
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
});
