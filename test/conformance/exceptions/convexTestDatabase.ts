/** Differences of convex-test's database and its syscalls. */
import type { Exception } from "./exception.js";
import { anyString, fails, satisfies } from "../expectation.js";

const differs = (reason: string, expected: unknown): Exception => ({ reason, expected });

const OPERATORS = "comparisons of a filter are JavaScript's, between any two kinds";
const EVERY_BOUND = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const NO_KINDS = "expressions of a filter are JavaScript's, of any kinds";
const ALL_KEPT = { ok: null };

export const databaseExceptions: Record<string, Exception> = {
  "values/documentLimits": differs("it bounds no documents", {
    nestedEnough: ALL_KEPT,
    nestedTooDeep: ALL_KEPT,
    arrayEnough: ALL_KEPT,
    arrayTooLong: ALL_KEPT,
    fieldsEnough: ALL_KEPT,
    fieldsTooMany: ALL_KEPT,
    sizeEnough: ALL_KEPT,
    sizeTooLarge: ALL_KEPT,
  }),
  "values/systemFields": differs("it reserves no names of fields", {
    underscore: { ok: null },
    nestedUnderscore: { ok: null },
  }),
  "writes/ids": differs("get of what is no id finds nothing", {
    isString: true,
    isUnique: true,
    normalized: true,
    ofOtherTable: null,
    ofNonsense: null,
    notAnId: { ok: null },
    system: { error: /System tables can only be accessed from db\.system/ },
  }),
  "writes/badArguments": differs("a text is spread into a document's fields", {
    insertNothing: { error: /Must provide arg 2 `value` to `insert`/ },
    insertText: { ok: anyString },
    insertSystem: { error: /read-only/ },
    insertSystemByTable: { error: /read-only/ },
    patchText: { error: /expected object but got 'string'/ },
    getUndefined: { error: /Must provide arg 1 `id` to `get`/ },
    getNumber: { error: /expected string but got 'number'/ },
    querySystem: { error: /System tables can only be accessed from db\.system/ },
    querySystemAsUser: { error: /User tables can only be accessed from db\.query/ },
  }),
  "indexes/unknown": differs("an unknown search index searches all the same", {
    table: { ok: 0 },
    index: { error: /^Cannot use index "by_nothing" for table "items"/ },
    searchIndex: { ok: [] },
  }),
  "filters/neg": differs("it has no neg", fails(/^not implemented: .*\$neg/)),
  "filters/gtOfKinds": differs(OPERATORS, EVERY_BOUND),
  "filters/gteOfKinds": differs(OPERATORS, EVERY_BOUND),
  "filters/ltOfKinds": differs(OPERATORS, EVERY_BOUND),
  "filters/lteOfKinds": differs(OPERATORS, EVERY_BOUND),
  "filters/addOfKinds": differs(NO_KINDS, []),
  "filters/notOfNumber": differs(NO_KINDS, []),
  "filters/asPredicate": differs(NO_KINDS, [1, 2, 3]),
  "pages/exactEnd": differs("a page knows that no row follows", [
    [1, 2],
    [3, 4],
  ]),
  "pages/zeroItems": differs(
    "a page of no rows is given when there are none",
    satisfies("an empty last page", (it) => it.page.length === 0 && it.isDone),
  ),
  "search/best": differs("a search is in order of creation", "the quick brown fox"),
  "search/refused": differs("a search looks at any field", {
    ordered: { error: /must always be in relevance order/ },
    otherField: { ok: [] },
    wrongSearchField: { ok: [] },
  }),
  "search/nearestDefault": differs("without a limit all rows are given", 12),
  "search/vectorErrors": differs("it knows no dimensions and no largest limit", {
    unknownIndex: { error: /^Cannot use vector index "by_nothing"/ },
    emptyVector: { error: /must be a non-empty Array/ },
    wrongDimensions: { ok: [] },
    limitTooLarge: { ok: [] },
  }),
  "validators/noRecord": differs("it does not look into records", ["record"]),
  "abi/database": differs(
    "patch, replace and delete give back an empty object",
    satisfies("three empty objects", (it) => {
      const { shallowMerge, replace, remove } = JSON.parse(it);
      return JSON.stringify([shallowMerge, replace, remove]) === "[{},{},{}]";
    }),
  ),
  "abi/stream": differs("closing a stream gives back an empty object", {
    id: "number",
    key: 2,
    isDone: [false, true],
    endValue: null,
    cleanup: {},
    again: { error: /^Bad queryId$/ },
  }),
  "abi/others": differs(
    "canceling gives back an empty object; identities are no syscall",
    satisfies(
      "those two",
      (it) =>
        JSON.stringify(it.cancel) === "{}" &&
        /does not support async syscall: "1\.0\/getUserIdentity"/.test(it.identity.error),
    ),
  ),
  "abi/unknown": differs("every function has every syscall that it knows", {
    sync: { error: /does not support syscall: "1\.0\/nothing"/ },
    async: { error: /does not support async syscall: "1\.0\/nothing"/ },
    writeInQuery: { ok: { _id: anyString } },
  }),
  "abi/ofAction": differs("actions have the syscalls of transactions, mostly", {
    get: { ok: null },
    insert: { error: /^Write outside of transaction/ },
    runUdf: { ok: null },
    snapshot: { error: /getSnapshotTs/ },
    query: 1,
  }),
};
