/** Promises that reject with nobody listening. */
import { byMutation, defineSubject } from "../case.js";
import type { Deployment } from "../target.js";

/** How the call went, and what reached the process beside it. */
const watching = (call: (t: Deployment) => Promise<unknown>) => async (t: Deployment) => {
  let outcome: unknown = null;
  const escaped = await t.collectRejections(async () => {
    outcome = await call(t).catch((error: Error) => ({ error: error.message }));
  });
  const rows = await t.query("rows:list", { table: "items" });
  return { outcome, escaped, rows: rows.length };
};

const failed = { outcome: { error: /nobody listens/ }, escaped: [], rows: 0 };

export const rejections = defineSubject("rejections", {
  inQuery: {
    rule: "an unhandled rejection fails a query",
    needs: ["rejections"],
    observe: watching((t) => t.query("rejections:rejectInQuery")),
    expected: failed,
  },
  inMutation: {
    rule: "an unhandled rejection fails a mutation, which writes nothing",
    needs: ["rejections"],
    observe: watching((t) => t.mutation("rejections:rejectInMutation")),
    expected: failed,
  },
  inAction: {
    rule: "an unhandled rejection fails an action",
    needs: ["rejections"],
    observe: watching((t) => t.action("rejections:rejectInAction")),
    expected: failed,
  },
  heard: {
    rule: "a rejection that is handled at once is no failure",
    observe: byMutation("rejections:rejectHeard"),
    expected: { error: "somebody listens" },
  },
  heardLate: {
    rule: "a handler that comes after another await comes too late",
    needs: ["rejections"],
    observe: watching((t) => t.mutation("rejections:rejectHeardLate")),
    expected: { outcome: { error: /heard too late/ }, escaped: [], rows: 0 },
  },
  ofChild: {
    rule: "an unhandled rejection in a child action is an error that its parent can catch",
    needs: ["rejections"],
    observe: watching((t) => t.action("rejections:rejectThenCatch")),
    expected: { outcome: { nested: { error: /nobody listens/ } }, escaped: [], rows: 0 },
  },
});
