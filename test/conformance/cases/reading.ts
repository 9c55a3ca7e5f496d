/** The ways to consume a query. */
import { byMutation, byQuery, defineSubject } from "../case.js";
import type { Deployment } from "../target.js";

const withKeys =
  (...keys: unknown[]) =>
  async (t: Deployment) => {
    const rows = keys.map((key) => ({ key }));
    await t.mutation("rows:insert", { table: "items", rows });
  };

export const reading = defineSubject("reading", {
  consumed: {
    rule: "collect, take, first and for-await read in order, and stop where they say",
    observe: async (t) => {
      await withKeys(3, 1, 5, 2, 4)(t);
      return await t.query("reads:consumed");
    },
    expected: {
      collect: [1, 2, 3, 4, 5],
      take: [1, 2],
      takeNone: [],
      takeMore: 5,
      first: 1,
      firstDesc: 5,
      iterated: [5, 4],
      takeNegative: { error: /must be a non-negative integer/ },
      takeFraction: { error: /must be a non-negative integer/ },
    },
  },
  single: {
    rule: "first and unique give null for nothing; unique refuses a second row",
    observe: async (t) => {
      await withKeys(1, 2, 2)(t);
      return await t.query("reads:single");
    },
    expected: {
      firstOfNone: null,
      uniqueOfNone: null,
      uniqueOfOne: 1,
      uniqueOfTwo: {
        error: /unique\(\) query returned more than one result from table items/,
      },
    },
  },
  usedTwice: {
    rule: "a query object is consumed once and ordered once",
    observe: byQuery("reads:usedTwice"),
    expected: {
      consumedAgain: { error: /can only be chained once|closed/ },
      orderedTwice: { error: /may only specify order at most once/ },
    },
  },
  interleaved: {
    rule: "two scans can be open at the same time",
    observe: async (t) => {
      await withKeys(1, 2, 3)(t);
      return await t.query("reads:interleaved");
    },
    expected: [1, 3, 2, 2, 3, 1],
  },
  filterThenTake: {
    rule: "filters apply one after the other, and before the limit",
    observe: async (t) => {
      await withKeys(1, 2, 3, 4, 5, 6)(t);
      return await t.query("reads:filterThenTake");
    },
    expected: [3, 5],
  },
  sameSnapshot: {
    rule: "rows inserted by one mutation are all there for the next query",
    observe: async (t) => {
      await withKeys(...Array.from({ length: 300 }, (_, index) => index))(t);
      return (await t.query("rows:list", { table: "items" })).length;
    },
    expected: 300,
  },
  rollsBackOnError: {
    rule: "a mutation that throws leaves nothing",
    observe: async (t) => {
      await t.mutation("calls:rollBackAll").catch(() => null);
      return await t.query("rows:list", { table: "items" });
    },
    expected: [],
  },
  searchesOwnWrite: {
    rule: "a search sees what its transaction wrote",
    observe: byMutation("search:searchOwnWrite"),
    expected: ["fresh bread"],
  },
});
