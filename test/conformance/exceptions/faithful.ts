/**
 * Differences of the faithful profile from the platform.
 *
 * Owns what is so on purpose, each with its reason; there is nothing that is only not yet done.
 */
import { satisfies } from "../expectation.js";
import type { Exception } from "./exception.js";

const differs = (reason: string, expected: unknown): Exception => ({ reason, expected });

export const faithfulExceptions: Record<string, Exception> = {
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
  "search/best": differs(
    "there is no model of relevance: what matches comes in the order of creation, since the " +
      "platform's order depends on the corpus and may change with it",
    "the quick brown fox",
  ),
  "runtime/globals": differs(
    "queueMicrotask is there: Node's own streams and Response read it from the global object, " +
      "and run inside of functions",
    { present: [], absent: ["queueMicrotask"], process: false },
  ),
};
