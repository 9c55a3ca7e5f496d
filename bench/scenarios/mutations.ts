/** 2,000 workflows of five mutation steps, one after the other. */
import { judgeOutcome } from "../criteria.js";
import type { Scenario } from "../scenario.js";

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
  judge: judgeOutcome,
};
