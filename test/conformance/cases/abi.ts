/** The syscall interface itself. */
import { byAction, byMutation, byQuery, defineSubject } from "../case.js";
import { satisfies } from "../expectation.js";

const ROW = { _creationTime: "TIME", _id: "ID" };
const inserted = {
  ...ROW,
  key: { $integer: "AQAAAAAAAAA=" },
  more: { z: { $float: "AAAAAAAA+H8=" } },
};

const json = (expected: object) => {
  const text = canonical(expected);
  return satisfies(`the JSON ${text}`, (it) => canonical(JSON.parse(it)) === text);
};

/** With sorted keys: their order carries no meaning. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)),
        )
      : inner,
  );
}

export const abi = defineSubject("abi", {
  database: {
    rule: "writes give back documents: patch and replace the new one, remove the old one",
    observe: byMutation("abi:database"),
    expected: json({
      insertRest: {},
      get: inserted,
      getTable: inserted,
      shallowMerge: { ...ROW, key: 2 },
      replace: { ...ROW, key: 3 },
      count: 1,
      normalizeId: { id: "ID" },
      remove: { ...ROW, key: 3 },
      getMissing: null,
    }),
  },
  stream: {
    rule: "a stream has an id, gives its rows, then null, and can be closed",
    observe: async (t) => {
      await t.mutation("rows:insert", { table: "items", rows: [{ key: 1 }, { key: 2 }] });
      return await t.query("abi:stream");
    },
    expected: {
      id: "number",
      key: 2,
      isDone: [false, true],
      endValue: null,
      cleanup: satisfies("a boolean", (it) => typeof it === "boolean"),
      again: { error: /query not found/i },
    },
  },
  page: {
    rule: "a page has five fields",
    observe: byQuery("abi:page"),
    expected: ["continueCursor", "isDone", "page", "pageStatus", "splitCursor"],
  },
  others: {
    rule: "the other syscalls of a mutation give back what the client expects",
    observe: byMutation("abi:others"),
    expected: {
      schedule: "string",
      cancel: null,
      handle: "string",
      runUdf: '{"$integer":"AQAAAAAAAAA="}',
      snapshot: ["$integer"],
      metadata: ["componentPath", "name"],
      deployment: ["class", "name", "region"],
      request: ["authToken", "ip", "requestId", "scheduledFunctionId", "userAgent"],
      auditLog: { ok: null },
      identity: satisfies("no error", (it) => "ok" in it),
      uploadUrl: "string",
    },
  },
  unknown: {
    rule: "unknown operations are named; a query does not write",
    observe: byQuery("abi:unknown"),
    expected: {
      sync: { error: /Unknown operation 1\.0\/nothing/ },
      async: { error: /Unknown async operation 1\.0\/nothing/ },
      writeInQuery: { error: /./ },
    },
  },
  ofAction: {
    rule: "an action has its own syscalls, and not those of transactions",
    observe: byAction("abi:ofAction"),
    expected: {
      get: { error: /Unknown async operation 1\.0\/get/ },
      insert: { error: /Unknown async operation 1\.0\/insert/ },
      runUdf: { error: /Unknown async operation 1\.0\/runUdf/ },
      snapshot: { error: /getSnapshotTs/ },
      query: 1,
    },
  },
});
