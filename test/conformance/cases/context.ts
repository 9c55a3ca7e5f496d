/** AsyncLocalStorage. */
import { byAction, byMutation, byQuery, defineSubject } from "../case.js";

const rows = [
  ["one", "one", "inner", "one"],
  ["two", "two", "inner", "two"],
];

export const context = defineSubject("context", {
  inQuery: {
    rule: "a store holds across awaits of a query, apart from its neighbors",
    observe: byQuery("context:inQuery"),
    expected: rows,
  },
  inMutation: {
    rule: "a store holds across awaits of a mutation, apart from its neighbors",
    observe: byMutation("context:inMutation"),
    expected: rows,
  },
  inAction: {
    rule: "a store holds in timers of an action",
    observe: byAction("context:inAction"),
    expected: ["outer", "outer"],
  },
  nested: {
    rule: "a store does not reach into nested calls",
    observe: byMutation("context:nested"),
    expected: { inside: null, outside: "outer" },
  },
});
