/** 20,000 workflows of four slow steps each on 5,000 slots, without any other limit. */
import { judgeMakespan, judgeOutcome } from "../criteria.js";
import { ONE_TWO_ONE, type Scenario, type Work } from "../scenario.js";

const ORACLE_RATIO_MAX = 1.05;

/** Steps of 8 to 12 s, in process: the published work of the executor branches. */
export const SLOW_STEPS: Work = { kind: "wait", msMin: 8_000, msMax: 12_000 };

export const io: Scenario = {
  name: "io",
  description:
    "20,000 workflows × 4 steps (1, 2 in parallel, 1) of 8 to 12 s, 5,000 slots",
  workflows: 20_000,
  stages: ONE_TWO_ONE,
  work: SLOW_STEPS,
  class: "d1024",
  shards: 100,
  slotsPerShard: 50,
  creators: 64,
  short: { workflows: 500, shards: 2, slotsPerShard: 60, creators: 1 },
  judge: (run) => [...judgeOutcome(run), judgeMakespan(run, "oracle", ORACLE_RATIO_MAX)],
};
