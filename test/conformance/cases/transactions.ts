/** Sub-transactions: what rolls back, what is seen, what may be called. */
import { byAction, byMutation, byQuery, defineSubject } from "../case.js";
import { fails } from "../expectation.js";
import type { Deployment } from "../target.js";

const keys = async (t: Deployment) =>
  (await t.query("rows:list", { table: "items" })).map((row: any) => row.key);

const nesting = (innerFails: boolean, outerFails: boolean) => async (t: Deployment) => {
  const args = { innerFails, fails: outerFails };
  const seen = await t.mutation("calls:nestTwice", args);
  return { seen, kept: await keys(t) };
};

export const transactions = defineSubject("transactions", {
  rollBack: {
    rule: "a nested mutation that throws takes back its writes, and the caller goes on",
    observe: async (t) => {
      const { outcome, afterwards } = await t.mutation("calls:rollBack");
      return { data: outcome.data, afterwards, keys: await keys(t) };
    },
    expected: {
      data: { code: "REFUSED", key: "inside" },
      afterwards: 1,
      keys: ["before", "after"],
    },
  },
  rollBackAll: {
    rule: "an uncaught nested error fails the whole mutation",
    observe: async (t) => {
      const data = await t.mutation("calls:rollBackAll").catch((error) => error.data);
      return { data, keys: await keys(t) };
    },
    expected: { data: { code: "REFUSED", key: "inside" }, keys: [] },
  },
  nestedCommit: {
    rule: "nested writes commit with their callers",
    observe: nesting(false, false),
    expected: { seen: ["middle", "inner"], kept: ["middle", "inner"] },
  },
  nestedInnerFails: {
    rule: "the innermost rolls back alone",
    observe: nesting(true, false),
    expected: { seen: ["middle"], kept: ["middle"] },
  },
  nestedMiddleFails: {
    rule: "what a rolled back call had committed into it goes as well",
    observe: nesting(false, true),
    expected: { seen: [], kept: [] },
  },
  seePending: {
    rule: "nested calls see pending writes, and their callers see theirs",
    observe: byMutation("calls:seePending"),
    expected: { seenInside: 1, seenOutside: 2 },
  },
  staleSnapshot: {
    rule: "a snapshot query sees none of the pending writes, and hides none afterwards",
    observe: async (t) => {
      await t.mutation("rows:insert", { table: "items", rows: [{ key: "committed" }] });
      return await t.mutation("calls:staleSnapshot");
    },
    expected: { stale: 1, current: 2, afterwards: 2 },
  },
  staleInQuery: {
    rule: "a query has no snapshot queries",
    observe: byQuery("calls:staleInQuery"),
    expected: { error: /only supported in mutations/ },
  },
  parallel: {
    rule: "nested mutations that start together run one by one, each whole",
    observe: byMutation("calls:parallel"),
    expected: { failed: [false, true, false], keys: [1, 3] },
  },
  wrongCalls: {
    rule: "wrong kinds, missing functions and bad arguments are errors that can be caught",
    observe: byMutation("calls:wrongCalls"),
    expected: {
      mutationAsQuery: { error: /as Query, but it is defined as Mutation/ },
      queryAsMutation: { error: /as Mutation, but it is defined as Query/ },
      missingFunction: { error: /Could not find|nonexistent|no such export/ },
      missingModule: { error: /Could not find|nonexistent/ },
      badArgs: { error: /ArgumentValidationError/ },
      extraArgs: { error: /ArgumentValidationError/ },
      argsNoObject: { error: /must be an object/ },
      actionOfMutation: { ok: true },
    },
  },
  depth: {
    rule: "nested calls go eight levels deep",
    observe: async (t) => ({
      eight: await t.query("calls:recurse", { levels: 8 }),
      nine: await t.query("calls:recurse", { levels: 9 }).catch((error) => error.message),
    }),
    expected: { eight: 8, nine: /call depth limit exceeded/ },
  },
  fromAction: {
    rule: "each call of an action is a transaction of its own",
    observe: async (t) => {
      const { first, outcome, count } = await t.action("calls:fromAction");
      return { first, data: outcome.data, count };
    },
    expected: { first: "kept", data: { code: "REFUSED", key: "lost" }, count: 1 },
  },
  parallelFromAction: {
    rule: "mutations that an action starts together all commit",
    observe: byAction("calls:parallelFromAction"),
    expected: 3,
  },
  largeRollback: {
    rule: "a rolled back call leaves no row behind for later calls",
    observe: async (t) => {
      for (let count = 0; count < 3; count += 1) {
        await t.mutation("calls:rollBackAll").catch(() => null);
      }
      return await keys(t);
    },
    expected: [],
  },
  actionHasNoDatabase: {
    rule: "an action cannot be called as a mutation",
    observe: byMutation("calls:fromAction"),
    expected: fails(/as Mutation, but it is defined as Action/),
  },
});
