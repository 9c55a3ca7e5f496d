/** 2,000 workflows of five mutation steps, one after the other. */
import { atMost, judgeOutcome } from "../criteria.js";
import type { Scenario } from "../scenario.js";

/** One for the mutation, which settles its step, and half of one for all else. */
const TRANSACTIONS_PER_STEP_MAX = 1.5;

export const mutations: Scenario = {
  name: "mutations",
  description: "2,000 workflows × 5 mutation steps, one after the other",
  workflows: 2_000,
  stages: [[0], [1], [2], [3], [4]],
  work: { kind: "mutation" },
  class: "d1024",
  shards: 100,
  slotsPerShard: 50,
  creators: 4,
  short: { workflows: 500, shards: 10 },
  judge: (run) => [
    ...judgeOutcome(run),
    atMost(
      "executors' transactions per step",
      run.cost?.perStep.executorTransactions ?? NaN,
      TRANSACTIONS_PER_STEP_MAX,
    ),
  ],
};
