/** Insert, get, patch, replace, delete. */
import { byMutation, byQuery, defineSubject } from "../case.js";

const row = { a: 1, b: 1, nested: { x: 1 } };
const kept = { keptSystemFields: true };

export const writes = defineSubject("writes", {
  patch: {
    rule: "patch replaces the given fields, nested objects as a whole, and returns nothing",
    observe: byMutation("writes:patch", { row }),
    expected: {
      ...kept,
      returned: { ok: null },
      after: { a: 1, b: 2, nested: { y: 2 } },
    },
  },
  patchRemoves: {
    rule: "patch with undefined removes the field",
    observe: byMutation("writes:patchRemoves", { row }),
    expected: { ...kept, returned: { ok: null }, after: { b: 1, nested: { x: 1 } } },
  },
  patchNestedUndefined: {
    rule: "undefined inside a patched object is left out",
    observe: byMutation("writes:patchNestedUndefined", { row }),
    expected: {
      ...kept,
      returned: { ok: null },
      after: { a: 1, b: 1, nested: { z: 1 } },
    },
  },
  patchOwnSystemFields: {
    rule: "patch takes the row's own system fields",
    observe: byMutation("writes:patchOwnSystemFields", { row }),
    expected: { ...kept, returned: { ok: null }, after: { ...row, b: 2 } },
  },
  patchOtherId: {
    rule: "patch refuses the id of another document",
    observe: byMutation("writes:patchOtherId", { row }),
    expected: {
      ...kept,
      returned: { error: /doesn't match '_id' field|Provided document ID/ },
      after: row,
    },
  },
  replace: {
    rule: "replace removes what it does not name and keeps the system fields",
    observe: byMutation("writes:replace", { row }),
    expected: { ...kept, returned: { ok: null }, after: { b: 2 } },
  },
  replaceOtherTime: {
    rule: "replace refuses another creation time",
    observe: byMutation("writes:replaceOtherTime", { row }),
    expected: {
      ...kept,
      returned: { error: /Provided creation time .* doesn't match '_creationTime'/ },
      after: row,
    },
  },
  remove: {
    rule: "a deleted row is gone within the transaction",
    observe: byMutation("writes:remove", { row }),
    expected: { returned: { ok: null }, after: null, keptSystemFields: false },
  },
  withTableName: {
    rule: "the forms with a table name do the same",
    observe: byMutation("writes:withTableName", { row }),
    expected: { ...kept, returned: { ok: 3 }, after: { c: 3 } },
  },
  withWrongTableName: {
    rule: "patch with the name of another table is refused",
    observe: byMutation("writes:withWrongTableName", { row }),
    expected: {
      ...kept,
      returned: { error: /tasks.*items/ },
      after: row,
    },
  },
  getWithWrongTableName: {
    rule: "get with the name of another table is refused",
    observe: byMutation("writes:getWithWrongTableName", { row }),
    expected: {
      ...kept,
      returned: { error: /tasks.*items/ },
      after: row,
    },
  },
  gone: {
    rule: "a missing row is null to get, and an error to every write",
    observe: byMutation("writes:gone"),
    expected: {
      get: { ok: null },
      patch: { error: /Update on nonexistent document ID/ },
      replace: { error: /Replace on nonexistent document ID/ },
      delete: { error: /Delete on nonexistent document ID/ },
    },
  },
  ids: {
    rule: "ids are unique strings that normalizeId knows by their table",
    observe: byMutation("writes:ids"),
    expected: {
      isString: true,
      isUnique: true,
      normalized: true,
      ofOtherTable: null,
      ofNonsense: null,
      notAnId: { error: /ID/i },
      system: {
        error: /System tables can only be accessed from db\.system\.normalizeId/,
      },
    },
  },
  badArguments: {
    rule: "missing arguments, wrong kinds and system tables are refused",
    observe: byMutation("writes:badArguments"),
    expected: {
      insertNothing: { error: /Must provide arg 2 `value` to `insert`/ },
      insertText: { error: /must be an Object/i },
      insertSystem: { error: /read-only/ },
      insertSystemByTable: { error: /read-only/ },
      patchText: { error: /must be an Object|expected|Object/i },
      getUndefined: { error: /Must provide arg 1 `id` to `get`/ },
      getNumber: { error: /expected string but got 'number'/ },
      querySystem: { error: /System tables can only be accessed from db\.system/ },
      querySystemAsUser: { error: /User tables can only be accessed from db\.query/ },
    },
  },
  creationTimes: {
    rule: "creation times grow within a transaction, from its time",
    observe: byMutation("writes:creationTimes"),
    expected: { isGrowing: true, isNear: true },
  },
  seesOwnWrites: {
    rule: "a transaction reads its own writes, in index order",
    observe: byMutation("writes:seesOwnWrites"),
    expected: { inserted: [1, 2], patched: [0, 1], deleted: [1] },
  },
  writesDuringScan: {
    // The backend fetches 100 rows at a time (DEFAULT_QUERY_PREFETCH), and looks at pending
    // writes only when it does (crates/database/src/query/index_range.rs).
    rule: "a scan gives the rows that were there when it fetched them, not those written since",
    observe: byMutation("writes:writesDuringScan"),
    expected: [1, 3],
  },
  queryHasNoWriters: {
    rule: "a query's database has no methods that write",
    observe: byQuery("writes:writersOfQuery"),
    expected: [],
  },
  count: {
    rule: "count, an internal method, sees the transaction's rows",
    observe: byMutation("writes:count"),
    expected: 1,
  },
  persists: {
    rule: "what a mutation wrote, the next query reads",
    observe: async (t) => {
      await t.mutation("rows:insert", { table: "items", rows: [{ key: 1 }, { key: 2 }] });
      return await t.query("rows:list", { table: "items" });
    },
    expected: [{ key: 1 }, { key: 2 }],
  },
});
