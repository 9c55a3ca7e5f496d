/**
 * What a sharded executor must do (the brief's checklist, part B), row by row and in its
 * order, with the tests that would fail if it did not.
 *
 * Owns the table; `promises.test.ts` checks that the tests exist.
 */

/** One row, and the tests behind it: a path, or a path and titles. */
export interface Promised {
  readonly row: string;
  readonly tests: readonly string[];
}

const OWN = "test/requirements.test.ts";

const ordering: readonly Promised[] = [
  {
    row: "tasks are indexed by shard and age, oldest first",
    tests: [
      "test/order.test.ts > finishes each workflow before it begins the next",
      "test/order.test.ts > are served as one queue, oldest first",
    ],
  },
  {
    row: "earlier workflows complete first: later steps of old ones before first steps of new ones",
    tests: [
      "test/order.test.ts > go to later steps of older workflows before first steps of younger ones",
      "test/order.test.ts > stay reserved: a younger workflow's parallel steps take only what is left",
      "test/order.test.ts > go to an older workflow that comes back before a younger one's extra steps",
    ],
  },
  {
    row: "no more is claimed than can run: 50 slots, 50 claims",
    tests: [
      `${OWN} > a shard of the default size > claims no more workflows than it has slots`,
    ],
  },
  {
    row: "the queue is looked at again often",
    tests: [
      `${OWN} > a shard of the default size > begins what comes late but is older at the next free slot`,
    ],
  },
  {
    row: "completion medians rise with each decile of creation",
    tests: ["test/deciles.test.ts > are finished in the order of their start, seed %i"],
  },
];

const capacity: readonly Promised[] = [
  {
    row: "50 slots × 100 shards are 5,000",
    tests: [
      `${OWN} > a hundred shards of the default size > run 5,000 steps at once, and no more`,
      "src/shared/layout.test.ts",
    ],
  },
  {
    row: "the heap of 64 MB is respected",
    tests: ["test/memory/memory.test.ts", "src/shared/memory.test.ts"],
  },
  {
    row: "sized for work that waits for an LLM: 50 calls at once per shard, with few transactions",
    tests: [
      `${OWN} > a shard of the default size > claims no more workflows than it has slots`,
      "test/costs.test.ts > many workflows on one seat",
    ],
  },
];

const replayQueue: readonly Promised[] = [
  {
    row: "a durable table takes the place of scheduled replays",
    tests: [`${OWN} > the replay queue > is a table, not scheduled functions`],
  },
  {
    row: "its rows are inserted with the result that causes them",
    tests: [`${OWN} > the replay queue > gets a row in the commit that settles the wait`],
  },
  {
    row: "its rows are deleted with the record of what the replay led to, and only then",
    tests: [
      `${OWN} > the replay queue > loses a row in the commit that records the turn`,
      `${OWN} > a replay that fails > keeps its row in the queue: its executor dies %s it is recorded`,
    ],
  },
  {
    row: "unfinished and nothing in progress implies a row",
    tests: ["test/audit.test.ts > %s: names %s", "test/sweep/children.test.ts"],
  },
  {
    row: "no workflow is ever stuck",
    tests: [
      "test/sweep/reviews.test.ts",
      "test/sweep/mixed.test.ts",
      "test/states.test.ts",
    ],
  },
  {
    row: "the invariant can be checked on demand",
    tests: [
      "test/audit.test.ts > from the dashboard is called page by page, and says what it checked",
    ],
  },
];

const operators: readonly Promised[] = [
  {
    row: "failPendingTasks per shard: queued work fails, its handlers are told, all finish",
    tests: [
      "test/operators.test.ts > with a shard leaves the other shards alone",
      "test/operators.test.ts > is an error that a handler can catch, and finally runs",
      "test/operators.test.ts > tells the parents of failed children",
    ],
  },
  {
    row: "bumpEpoch stops without starting: executors drain and leave",
    tests: [
      "test/seats.test.ts > makes executors drain and leave, and none starts until startExecutors",
      "test/handoff.test.ts > drains and stops: running steps finish, later ones wait",
    ],
  },
  {
    row: "clearReplayQueue and clearTaskQueue work on a shard's index, in bulk, and settle what they remove",
    tests: [
      "test/operators.test.ts > clearTaskQueue > cancels what is queued, and says who did it",
      "test/operators.test.ts > clearReplayQueue > cancels workflows whose handler has to advance",
      "test/operators.test.ts > with a shard leaves the other shards alone",
      "test/operatorsAnytime.test.ts",
    ],
  },
  {
    row: "startExecutors and diagnose, and a watchdog that replaces whoever died",
    tests: [
      "test/watchdog.test.ts > is replaced without anybody's call, and its work goes on",
      "test/seats.test.ts > starts what bumpEpoch stopped, and queued work goes on",
      "test/seats.test.ts > reports depths, ages, claims and heartbeats",
    ],
  },
];

const inherited: readonly Promised[] = [
  {
    row: "queries, mutations and actions are routed by their kind",
    tests: ["test/happy.test.ts > runs every kind of step and completes with its result"],
  },
  { row: "retries per step", tests: ["test/retries.test.ts"] },
  {
    row: "handlers written for @convex-dev/workflow run unchanged",
    tests: ["test/compat.test.ts", "test/sideBySide/sideBySide.test.ts"],
  },
  {
    row: "events and nested workflows",
    tests: [
      "test/children.test.ts > may be nested %d deep",
      "test/sweep/children.test.ts",
      "test/events.test.ts",
      "test/eventRaces.test.ts",
      "test/sweep/events.test.ts",
    ],
  },
  {
    row: "what runs outside of executors is as it was: the workpool, plain actions, calls by others",
    tests: [
      "test/steps.test.ts > runs on the workpool and answers its result",
      `${OWN} > an in-process action > is an ordinary action for everybody else`,
    ],
  },
  {
    row: "a handoff without a gap, before the platform ends the action",
    tests: [
      `${OWN} > an hour of work > is handed over without a gap, and no executor reaches the platform's limit`,
    ],
  },
  {
    row: "all of a workflow is on one shard; workflows are spread evenly",
    tests: [`${OWN} > shards > get workflows in turn, and keep all that belongs to them`],
  },
  {
    row: "cancel removes what waits; late results are dropped",
    tests: [
      "test/children.test.ts > of a workflow that has not begun keeps it from beginning",
      "test/operators.test.ts > revokes the claim, and records nothing that the attempt still answers",
    ],
  },
];

const proof: readonly Promised[] = [
  {
    row: "10,000 and 20,000 runs of four calls to Haiku (simulated: `npm run bench`; 500 in its test)",
    tests: [
      "bench/scenarios.test.ts > meets its criteria",
      "demo/run.test.ts > every document is reviewed, and the figures say so",
    ],
  },
  {
    row: "p50, p90, p99 and the slowest",
    tests: [
      "demo/figures.test.ts > times are those of completed workflows, from their creation",
      "demo/run.test.ts > the same seed gives the same table, and another one another",
    ],
  },
  {
    row: "none is stuck",
    tests: [
      "demo/run.test.ts > a call that the API refuses for good fails its workflow, and none is stuck",
      "test/chaos/chaos.test.ts",
    ],
  },
  {
    row: "failure rate and causes",
    tests: [
      "demo/figures.test.ts > every workflow is completed, failed or unfinished",
      "demo/figures.test.ts > resolveFailureKind",
    ],
  },
  {
    row: "failPendingTasks and bumpEpoch are tested",
    tests: [
      "test/operators.test.ts > failPendingTasks",
      "test/seats.test.ts > bumpEpoch",
    ],
  },
];

export const requirements: readonly Promised[] = [
  ...ordering,
  ...capacity,
  ...replayQueue,
  ...operators,
  ...inherited,
  ...proof,
];
