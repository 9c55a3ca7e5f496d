/**
 * Differences of the faithful profile from the platform.
 *
 * Owns two lists: what is so on purpose, and what is still to be mended, of which each entry
 * goes when it is (the suite fails until it does).
 */
import { anyString, fails, satisfies } from "../expectation.js";
import type { Exception } from "./exception.js";

const differs = (reason: string, expected: unknown): Exception => ({ reason, expected });

const onPurpose: Record<string, Exception> = {
  "writes/writesDuringScan": differs(
    "an open scan looks at pending writes with every row, not once in 100 rows",
    [1, 2, 3],
  ),
  "runtime/leaveGlobal": differs(
    "functions share the global object of the process, apart from the globals that it owns",
    [null, 1],
  ),
  "abi/database": differs(
    "documents that no client reads are not given back by writes",
    satisfies("three empty objects", (it) => {
      const { shallowMerge, replace, remove } = JSON.parse(it);
      return JSON.stringify([shallowMerge, replace, remove]) === "[{},{},{}]";
    }),
  ),
};

const WORDS = "open: the words are not the backend's";
const wrongKind = (asked: string, is: string) =>
  new RegExp(`Trying to execute .* as ${asked}, but it is defined as ${is}`);
const MISSING_FUNCTION = /^Could not find a Convex function "nothing" in module "\w+"/;
const MISSING_MODULE = /^Could not find module "nothing"/;
const UNKNOWN = "open: the name of an unknown operation lacks its version";

const toBeMended: Record<string, Exception> = {
  "search/best": differs(
    "open: a search does not put what matches more words first",
    "the quick brown fox",
  ),
  "errors/missingFunction": differs(WORDS, fails(MISSING_FUNCTION)),
  "errors/missingModule": differs(WORDS, fails(MISSING_MODULE)),
  "errors/wrongKind": differs(WORDS, fails(wrongKind("query", "mutation"))),
  "transactions/actionHasNoDatabase": differs(
    WORDS,
    fails(wrongKind("mutation", "action")),
  ),
  "transactions/wrongCalls": differs(WORDS, {
    mutationAsQuery: { error: wrongKind("query", "mutation") },
    queryAsMutation: { error: wrongKind("mutation", "query") },
    missingFunction: { error: MISSING_FUNCTION },
    missingModule: { error: MISSING_MODULE },
    badArgs: { error: /ArgumentValidationError/ },
    extraArgs: { error: /ArgumentValidationError/ },
    argsNoObject: { error: /must be an object/ },
    actionOfMutation: { ok: true },
  }),
  "jobs/refused": differs(WORDS, {
    negative: { error: /must be non-negative/ },
    infinite: { error: /must be a finite number/ },
    notNumber: { error: /must be a number/ },
    sixYearsAhead: { error: /more than 5 years in the future/ },
    sixYearsAgo: { error: /more than 5 years in the past/ },
    missingFunction: { error: MISSING_FUNCTION },
    missingModule: { error: MISSING_MODULE },
    placeholder: { error: /placeholder|commit timestamp/i },
    badArgsAreTaken: { ok: null },
  }),
  "storage/inMutation": differs("open: mutations do not store files", {
    error: /Unknown async operation .*storageStore/,
  }),
  "storage/row": differs(
    "open: getMetadata gives the hash as base64, not as hexadecimal",
    {
      row: { size: 11, sha256: anyString, contentType: "text/plain" },
      metadata: {
        ok: { storageId: anyString, sha256: /=$/, size: 11, contentType: "text/plain" },
      },
      isListed: true,
      normalized: true,
    },
  ),
  "meta/syscallsOfAction": differs(UNKNOWN, {
    metrics: { error: /^Unknown async operation getTransactionMetrics/ },
    unknown: { error: /^Unknown async operation nothing/ },
  }),
  "meta/requestOfQuery": differs(WORDS, {
    error: /^Request metadata is not available in queries/,
  }),
  "abi/unknown": differs(UNKNOWN, {
    sync: { error: /^Unknown operation 1\.0\/nothing/ },
    async: { error: /^Unknown async operation nothing/ },
    writeInQuery: { error: /not permitted in a query/ },
  }),
  "abi/ofAction": differs(UNKNOWN, {
    get: { error: /^Unknown async operation get/ },
    insert: { error: /^Unknown async operation insert/ },
    runUdf: { error: /^Unknown async operation runUdf/ },
    snapshot: { error: /getSnapshotTs/ },
    query: 1,
  }),
  "runtime/globals": differs("open: queueMicrotask is there", {
    present: [],
    absent: ["queueMicrotask"],
    process: false,
  }),
};

export const faithfulExceptions: Record<string, Exception> = {
  ...onPurpose,
  ...toBeMended,
};
