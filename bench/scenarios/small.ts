/** 1,000 workflows on the smallest class, beside an app with scheduled functions of its own. */
import { atMost, judgeOutcome } from "../criteria.js";
import { ONE_TWO_ONE, type Scenario } from "../scenario.js";

/** Half of the eight slots of S16 stay the app's (D7), handovers included. */
const EXECUTORS_MAX = 4;
/** A quarter of its 64 action permits (D7), beside one for each executor. */
const ACTION_PERMITS_MAX = 16 + EXECUTORS_MAX;
/** What the app's own functions may be late, 99 of 100. */
const OWN_DELAY_P99_MS_MAX = 250;

export const small: Scenario = {
  name: "small",
  description:
    "1,000 workflows × 4 actions on S16, beside an app's own scheduled functions",
  workflows: 1_000,
  stages: ONE_TWO_ONE,
  work: { kind: "wait", msMin: 1_000, msMax: 3_000, isOwnAction: true },
  class: "s16",
  shards: 100,
  slotsPerShard: 50,
  creators: 1,
  ownWork: { chains: 20, everyMs: 500 },
  short: {
    workflows: 500,
    work: { kind: "wait", msMin: 200, msMax: 600, isOwnAction: true },
    ownWork: { chains: 10, everyMs: 500 },
  },
  judge: (run) => [
    ...judgeOutcome(run),
    atMost("executors at once", run.extra.executorsMax ?? NaN, EXECUTORS_MAX),
    atMost(
      "action permits at once",
      run.extra.actionPermitsMax ?? NaN,
      ACTION_PERMITS_MAX,
    ),
    atMost(
      "p99 of the app's own scheduling delay, ms",
      run.extra.ownDelayP99Ms ?? NaN,
      OWN_DELAY_P99_MS_MAX,
    ),
  ],
};
