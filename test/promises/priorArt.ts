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
      "test/watchdog.test.ts > runs once a period, whoever else starts it",
      "test/watchdog.test.ts > of which two runs were started at once goes on as one",
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
    tests: [
      `${PRIOR_ART} > prior art, defect 6: a poison task kills its neighbors for ever`,
      "test/recovery.test.ts > runs an interrupted attempt again and counts it",
      "test/poison.test.ts > alone (%s) is named, and nothing runs on",
    ],
  },
  {
    row: "7 rows in flight hide those that are ready",
    tests: [
      `${PRIOR_ART} > prior art, defect 7: rows in flight hide those that are ready`,
      `${PRIOR_ART} > arguments that wait are not read again and again while all slots are taken`,
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
      `${PRIOR_ART} > so does its onComplete, also if the end cannot be recorded as it is`,
    ],
  },
  {
    row: "10 a wide fan-out starves its neighbors",
    tests: [
      `${PRIOR_ART} > prior art, defect 10: a wide fan-out starves its neighbors`,
      "test/fanOut.test.ts > uses every seat, and runs each step once under its own key",
    ],
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
    row: "an end of many steps or children exceeds a transaction's limits",
    tests: [
      "test/leftovers.test.ts > is fixed at once; they are canceled in pages, and then it is told",
      "test/cleanup.test.ts",
    ],
  },
  {
    row: "a step that a cancel left behind breaks the cleanup when it ends",
    tests: ["test/cleanupRaces.test.ts", "test/isolated.test.ts"],
  },
  {
    row: "a retry or a wait is up to a minute late, because nobody looks",
    tests: [
      "test/timers.test.ts",
      "test/retries.test.ts > back off exponentially, up to a maximum, with at most half as jitter",
    ],
  },
  {
    row: "several executions of one batch: no key says that it was started",
    tests: ["test/badInput.test.ts", "test/everyCall/everyCall.test.ts"],
  },
  {
    row: "values passed along until they exceed an argument's limit",
    tests: [
      "test/badValues.test.ts",
      "test/badInput.test.ts",
      "test/memory/memory.test.ts",
    ],
  },
  {
    row: "a code change fails all that is under way",
    tests: [
      "test/sweep/otherCode.test.ts",
      `${PRIOR_ART} > a workflow that the present code does not define is parked until other code comes`,
    ],
  },
  {
    row: "each engine has its own idea of a provider's limit",
    tests: ["test/gates.test.ts", "test/pacing.test.ts"],
  },
  {
    row: "a wedge that nobody sees",
    tests: ["test/diagnose.test.ts", "test/logs.test.ts"],
  },
  {
    row: "work per transaction grows with the backlog",
    tests: [
      `${PRIOR_ART} > elsewhere: backlog > a commit and a scan read no more with hundreds waiting than with ten`,
    ],
  },
];
