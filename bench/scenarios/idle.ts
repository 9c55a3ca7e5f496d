/** An hour after the work: nothing is called any more. */
import { atMost, judgeOutcome } from "../criteria.js";
import { ONE_TWO_ONE, type Scenario } from "../scenario.js";

const HOUR_MS = 60 * 60_000;

export const idle: Scenario = {
  name: "idle",
  description: "1,000 workflows, and then an hour in which nothing may be called",
  workflows: 1_000,
  stages: ONE_TWO_ONE,
  work: { kind: "wait", msMin: 500, msMax: 1_500 },
  class: "d1024",
  shards: 100,
  slotsPerShard: 50,
  creators: 2,
  idleMs: HOUR_MS,
  short: { workflows: 500, shards: 5, creators: 1 },
  judge: (run) => [
    ...judgeOutcome(run),
    atMost("calls in an idle hour", run.extra.idleCalls ?? NaN, 0),
  ],
};
