/** 100,000 workflows, created as fast as it goes while others run. */
import { atMost, judgeOutcome } from "../criteria.js";
import { ONE_TWO_ONE, type Scenario } from "../scenario.js";
import { SLOW_STEPS } from "./io.js";

/** Of the executor branches on this work: `docs/executor-tuning.md`, PEERS.md section 3a. */
const PUBLISHED_SECONDS = 693;
/** Creating may take this share of the makespan: more, and executing has starved it. */
const CREATION_SHARE_MAX = 0.75;
const MS_PER_SECOND = 1_000;

export const burst: Scenario = {
  name: "burst",
  description: "100,000 workflows × the steps of io, 100 × 500 slots, created meanwhile",
  workflows: 100_000,
  stages: ONE_TWO_ONE,
  work: SLOW_STEPS,
  class: "d1024",
  shards: 100,
  slotsPerShard: 500,
  creators: 64,
  short: { workflows: 500, shards: 2, slotsPerShard: 125, creators: 1 },
  judge: (run) => [
    ...judgeOutcome(run),
    atMost("makespan in seconds", run.makespan.ms / MS_PER_SECOND, PUBLISHED_SECONDS),
    atMost(
      "creation's share of the makespan",
      run.makespan.createdMs / run.makespan.ms,
      CREATION_SHARE_MAX,
    ),
  ],
};
