/** 20,000 workflows of four calls to an API that lets 4,000 a minute through. */
import { atMost, judgeMakespan, judgeOrder, judgeOutcome } from "../criteria.js";
import { RATE_LIMIT_EMPTY_AT_START, type HaikuOptions } from "../haiku/index.js";
import { ONE_TWO_ONE, type Scenario } from "../scenario.js";

const ORACLE_RATIO_MAX = 1.03;
export const RANK_CORRELATION_MIN = 0.99;
/** D2: at any load; commits alone, and all that executors call. */
const TRANSACTIONS_PER_STEP_MAX = 1.2;

/** The API as it is at first; haiku-adaptive changes its limit. */
export const API: Partial<HaikuOptions> = {
  latencyMedianMs: 4_000,
  latencySigma: 0.5,
  rateLimit: RATE_LIMIT_EMPTY_AT_START,
  overloadedProbability: 0.005,
  dropProbability: 0.002,
};

export const haiku: Scenario = {
  name: "haiku",
  description:
    "20,000 workflows × 4 calls (1, 2 in parallel, 1) to an API of 4,000 requests a minute",
  workflows: 20_000,
  stages: ONE_TWO_ONE,
  work: { kind: "messages", api: API },
  class: "d1024",
  shards: 100,
  slotsPerShard: 50,
  creators: 8,
  // A fortieth of the work at a seventh of the rate. At a twentieth the gate's leader, who
  // trades once a second, costs a fifth of a transaction a step more.
  short: {
    workflows: 500,
    work: {
      kind: "messages",
      api: {
        ...API,
        rateLimit: { requestsPerMinute: 600, capacityRequests: 10, initialRequests: 0 },
      },
    },
    shards: 3,
    creators: 1,
  },
  judge: (run) => [
    ...judgeOutcome(run),
    judgeMakespan(run, "oracle", ORACLE_RATIO_MAX),
    ...judgeOrder(run, RANK_CORRELATION_MIN),
    atMost(
      "commits per step",
      run.cost?.perStep.commits ?? NaN,
      TRANSACTIONS_PER_STEP_MAX,
    ),
    atMost(
      "executors' transactions per step",
      run.cost?.perStep.executorTransactions ?? NaN,
      TRANSACTIONS_PER_STEP_MAX,
    ),
  ],
};
