/** Failures that convex-test words in its own way; what fails is the same. */
import type { Exception } from "./exception.js";
import { fails } from "../expectation.js";

const REASON = "convex-test words the same failure in its own way";

const incorrect = (rest: string) => new RegExp(`^Incorrect ${rest}`);
const expectedKind = (kind: string) =>
  new RegExp(`^Validator error: Expected ${kind}, got`);
const notKind = (kind: string) => new RegExp(`^Expected an? ${kind} function, but`);

const WORDS: Record<string, RegExp> = {
  "ranges/wrongOrder": incorrect('field used in `withIndex`, expected "key", got "rank"'),
  "ranges/unindexedField": incorrect("field used in `withIndex`, expected"),
  "ranges/twoEqualities": incorrect("field used in `withIndex`, expected"),
  "ranges/twoLowerBounds": incorrect("operator used in `withIndex`, cannot chain `.gte"),
  "ranges/boundsOnTwoFields": incorrect(
    "field used in `withIndex`, `.gt` and `.lt` must",
  ),
  "ranges/equalityAfterBound": incorrect(
    "operator used in `withIndex`, cannot chain `.eq",
  ),
  "filters/divOfIntegersByZero": /^Division by zero$/,
  "pages/badCursor": /is not valid JSON/,
  "validators/noText": expectedKind("`string`"),
  "validators/noNumber": expectedKind("`number`"),
  "validators/noInteger": expectedKind("`bigint`"),
  "validators/noFlag": expectedKind("`boolean`"),
  "validators/noNothing": expectedKind("`null`"),
  "validators/noBytes": expectedKind("`ArrayBuffer`"),
  "validators/noList": expectedKind("`Array`"),
  "validators/noListOfNumbers": expectedKind("`number`"),
  "validators/noLiteral": expectedKind("`only`"),
  "validators/noUnion": expectedKind("one of string, number"),
  "validators/noObject": /^Validator error: Missing required field `inner` in object/,
  "validators/noId": expectedKind('ID for table "tasks"'),
  "validators/argumentPath": expectedKind("`string`"),
  "validators/missing": /^Validator error: Missing required field `text` in object/,
  "validators/extra": /^Validator error: Unexpected field `other` in object/,
  "validators/returns":
    /^Return value validation failed for query "validated:returnsText"/,
  "validators/documentMissing": /^Validator error: Missing required field `title`/,
  "validators/documentExtra": /^Validator error: Unexpected field `other`/,
  "validators/documentNested": expectedKind("`string`"),
  "validators/documentLiteral": expectedKind("one of literal, literal"),
  "validators/documentOfNoShape": expectedKind("one of object, object"),
  "validators/documentWrongLink": expectedKind('ID for table "tasks"'),
  "errors/toClient": /^plain words$/,
  "errors/missingFunction": /^Expected a Convex function exported from module "calls"/,
  "errors/missingModule": /^Could not find module for: "nothing"/,
  "errors/wrongKind": notKind("query"),
  "transactions/actionHasNoDatabase": notKind("mutation"),
  "limits/tooManyScheduled": /^Scheduled too many functions .*limit: 1000/,
  "limits/tooManyBytes": /^Wrote too much data .*limit: 16777216/,
  "limits/tooManyRanges": /^Too many index ranges read .*limit: 4096/,
};

const tooManyWritten = (limit: number) => ({
  error: new RegExp(`^Wrote too many documents .*limit: ${limit}`),
});

/** Where the words are inside of what the case shows. */
const INNER_WORDS: Record<string, unknown> = {
  "writes/patchOtherId": {
    keptSystemFields: true,
    returned: { error: /Provided `_id` field value "other" does not match/ },
    after: { a: 1, b: 1, nested: { x: 1 } },
  },
  "writes/replaceOtherTime": {
    keptSystemFields: true,
    returned: { error: /Provided `_creationTime` field value 1 does not match/ },
    after: { a: 1, b: 1, nested: { x: 1 } },
  },
  "writes/gone": {
    get: { ok: null },
    patch: { error: /^Patch on non-existent document with ID/ },
    replace: { error: /^Replace on non-existent document with ID/ },
    delete: { error: /^Delete on non-existent doc$/ },
  },
  "validators/patched": {
    outcome: { error: /^Validator error: Expected `number`, got `many`/ },
    title: "first",
    count: 1,
  },
  "validators/replaced": {
    outcome: { error: /^Validator error: Missing required field `title`/ },
    title: "first",
    count: 1,
  },
  "transactions/wrongCalls": {
    mutationAsQuery: { error: notKind("query") },
    queryAsMutation: { error: notKind("mutation") },
    missingFunction: { error: /there is no such export/ },
    missingModule: { error: /^Could not find module for/ },
    badArgs: { error: /^Validator error: Missing required field `key`/ },
    extraArgs: { error: /^Validator error: Unexpected field `other`/ },
    argsNoObject: { error: /must be an object/ },
    actionOfMutation: { ok: true },
  },
  "components/callBackBadArgs": {
    error: /^Validator error: Missing required field `label`/,
  },
  "limits/budget": [tooManyWritten(2), { ok: 2 }],
  "limits/budgetOfReads": [{ error: /^Scanned too many documents .*limit: 2/ }],
  "limits/budgetNested": [tooManyWritten(3)],
  "meta/requestOfQuery": { error: /^getRequestMetadata\(\) can only be called from/ },
  "meta/syscallsOfAction": {
    metrics: { error: /^getTransactionMetrics\(\) can only be called from/ },
    unknown: { error: /does not support async syscall: "1\.0\/nothing"/ },
  },
};

export const wordExceptions: Record<string, Exception> = Object.fromEntries([
  ...Object.entries(WORDS).map(([id, words]) => [
    id,
    { reason: REASON, expected: fails(words) },
  ]),
  ...Object.entries(INNER_WORDS).map(([id, expected]) => [
    id,
    { reason: REASON, expected },
  ]),
]);
