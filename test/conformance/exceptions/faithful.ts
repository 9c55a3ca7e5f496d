/**
 * Differences of the faithful profile from the platform.
 *
 * Owns two lists: what is so on purpose, and what is still to be mended, of which each entry
 * goes when it is (the suite fails until it does).
 */
import { satisfies } from "../expectation.js";
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
const UNKNOWN = "open: the name of an unknown operation lacks its version";

const toBeMended: Record<string, Exception> = {
  "search/best": differs(
    "open: a search does not put what matches more words first",
    "the quick brown fox",
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
