/**
 * The defects of the prior art, and what elsewhere went wrong, with the tests that would
 * fail if any of it were here.
 *
 * Owns the tables; `promises.test.ts` checks that the tests exist.
 */
import type { Promised } from "./requirements.js";

const PRIOR_ART = "test/priorArt.test.ts";

/** The twelve defects of the unmerged executors. */
export const defects: readonly Promised[] = [
  {
    row: "1 no lease: overlapping executors run handlers twice",
    tests: [
      `${PRIOR_ART} > prior art, defect 1: nobody owns what runs`,
      "test/recovery.test.ts > a zombie",
    ],
  },
  {
    row: "2 liveness judged by the age of rows: chains of executors multiply",
    tests: [
      `${PRIOR_ART} > prior art, defect 2: liveness judged by the age of rows`,
      "test/watchdog.test.ts > starts no second executor during a backlog of many minutes",
    ],
  },
  {
    row: "3 replays drained only after a result",
    tests: [`${PRIOR_ART} > prior art, defect 3: replays drained only after a result`],
  },
  {
    row: "4 replay rows deleted and inserted again at each flush",
    tests: [
      `${PRIOR_ART} > prior art, defect 4: replay rows deleted and inserted again and again`,
    ],
  },
  {
    row: "5 a poison result takes its batch along, for ever",
    tests: [
      `${PRIOR_ART} > prior art, defect 5: a poison result fails its whole batch`,
      "test/commits.test.ts > content that keeps failing",
    ],
  },
  {
    row: "6 a poison task wedges its shard: attempts are counted in memory",
    tests: ["test/recovery.test.ts > runs an interrupted attempt again and counts it"],
  },
  {
    row: "7 rows in flight hide those that are ready",
    tests: [
      `${PRIOR_ART} > prior art, defect 7: rows in flight hide those that are ready`,
    ],
  },
  {
    row: "8 an unknown name fails the step for good",
    tests: [
      `${PRIOR_ART} > prior art, defect 8: an unknown name fails the step for good`,
    ],
  },
  {
    row: "9 a handler's exception is told to nobody",
    tests: [
      `${PRIOR_ART} > prior art, defect 9: a handler's exception is told to nobody`,
    ],
  },
  {
    row: "10 a wide fan-out starves its neighbors",
    tests: [`${PRIOR_ART} > prior art, defect 10: a wide fan-out starves its neighbors`],
  },
  {
    row: "11 idle executors poll for ever",
    tests: [
      `${PRIOR_ART} > prior art, defect 11: idle executors poll for ever`,
      "test/costs.test.ts > an executor without work",
    ],
  },
  {
    row: "12 draining waits for long handlers until the platform kills them",
    tests: [
      `${PRIOR_ART} > prior art, defect 12: draining waits for long handlers`,
      "test/handoff.test.ts > interrupts a step that outlasts the drain window; the successor runs it again",
    ],
  },
];

/** What users of other engines met, and what other engines had to repair. */
export const lessons: readonly Promised[] = [
  {
    row: "a status that many transactions write: starts and commits conflict with nothing",
    tests: [
      `${PRIOR_ART} > elsewhere: hot rows > starts beside a busy executor never conflict`,
    ],
  },
  {
    row: "a large result that left its step stuck",
    tests: ["test/badValues.test.ts"],
  },
  {
    row: "an executor that drains takes new work and dies with it",
    tests: ["test/handoff.test.ts > takes no new work while it drains"],
  },
  {
    row: "recovery that runs instead of re-queuing, or acts on a stale read",
    tests: ["test/recovery.test.ts > takes back nothing from a living successor"],
  },
  {
    row: "a hung handler never ends",
    tests: ["test/retries.test.ts > a step's timeout"],
  },
  {
    row: "work per transaction grows with the backlog",
    tests: [
      `${PRIOR_ART} > elsewhere: backlog > a commit and a scan read no more with hundreds waiting than with ten`,
    ],
  },
];
