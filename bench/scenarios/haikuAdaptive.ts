/**
 * The work of haiku, but nobody tells the fleet the API's limit, which changes twice: it learns
 * it from the answers, and meets few refusals.
 */
import { atMost, judgeMakespan, judgeOrder, judgeOutcome } from "../criteria.js";
import type { RateLimitChange } from "../haiku/index.js";
import type { RunResult } from "../result.js";
import type { Scenario, Work } from "../scenario.js";
import { API, haiku, RANK_CORRELATION_MIN } from "./haiku.js";

const ORACLE_RATIO_MAX = 1.05;
/** Of all requests, those that may be answered with a 429. */
const REFUSED_SHARE_MAX = 0.01;

const MINUTE_MS = 60_000;
const SECONDS_PER_MINUTE = 60;

/** A limit with a bucket of a second of it, as the first one has. */
function changeTo(requestsPerMinute: number, afterMinutes: number): RateLimitChange {
  return {
    atMs: afterMinutes * MINUTE_MS,
    requestsPerMinute,
    capacityRequests: Math.ceil(requestsPerMinute / SECONDS_PER_MINUTE),
  };
}

function ask(api: typeof API): Work {
  return { kind: "messages", gate: "adaptive", api: { ...API, ...api } };
}

export const haikuAdaptive: Scenario = {
  ...haiku,
  name: "haiku-adaptive",
  description: "haiku, but the fleet learns the limit: 4,000, then 2,400, then 4,800",
  work: ask({ rateLimitChanges: [changeTo(2_400, 6), changeTo(4_800, 12)] }),
  // As that of haiku; all three limits are met for minutes.
  short: {
    ...haiku.short,
    work: ask({
      rateLimit: { requestsPerMinute: 200, capacityRequests: 4, initialRequests: 0 },
      rateLimitChanges: [changeTo(120, 3), changeTo(240, 6)],
    }),
  },
  judge: (run) => [
    ...judgeOutcome(run),
    judgeMakespan(run, "oracle", ORACLE_RATIO_MAX),
    ...judgeOrder(run, RANK_CORRELATION_MIN),
    atMost("429s, share of all requests", computeRefusedShare(run), REFUSED_SHARE_MAX),
  ],
};

function computeRefusedShare({ api }: RunResult): number {
  return (api?.rateLimited ?? NaN) / (api?.requests ?? NaN);
}
