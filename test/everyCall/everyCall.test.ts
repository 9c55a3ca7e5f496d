/**
 * Every call of an executor may be answered and not heard, fail, come late or come twice (P4):
 * what comes of it is the same, and each side effect happens as often as was promised.
 *
 * The calls are listed from the class that makes them and from the module that answers, so
 * that a new one without a run that makes it fails here.
 */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Backend } from "../../src/client/runtime/backend.js";
import * as calls from "../../src/component/executor.js";
import type { Fault } from "../harness/faults.js";
import type { WorkApp } from "../harness/work.js";
import { openApp, readFacts, type Scenario } from "./facts.js";
import { SCENARIOS } from "./scenarios.js";

/** Which call, or calls, each method of an executor's only surface to Convex makes. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  scan: ["scan"],
  commit: ["commit"],
  readJournals: ["journals"],
  readSettled: ["settled"],
  runMutationStep: ["runMutation"],
  failMutationStep: ["failMutation"],
  trade: ["trade"],
  readAgenda: ["agenda"],
  fireTimers: ["fireTimers"],
  countAttempts: ["countAttempts"],
  deliver: ["deliver"],
  noteUndelivered: ["noteUndelivered"],
  handOver: ["handOver"],
  callHelp: ["call"],
  retire: ["retire"],
  leave: ["leave"],
  recover: ["recover"],
  ensureWatched: ["watched", "watch"],
  unparkPage: ["parked", "unpark"],
  parkPaused: ["parkPaused"],
  // Questions to the platform alone.
  getClass: [],
  handleOf: [],
};

/** Methods without a call, and a run that needs them. */
const QUESTIONS = ["getClass", "handleOf"] as const;

/** Of a call that a run makes more often, so many places are tried, evenly. */
const PLACES_MAX = 3;

/** Rows that are gone once all work is done. */
const EMPTIED = [
  "taskQueue",
  "replayQueue",
  "claims",
  "timers",
  "outbox",
  "heartbeats",
  "gateDemands",
  "gateGrants",
  "gatePasses",
];

const WAYS = ["before", "after", "late", "twice"] as const;
const TROUBLES = WAYS.flatMap((when) => [1, 3].map((times) => ({ when, times })));
const ROWS = Object.entries(SCENARIOS).flatMap(([name, scenario]) =>
  scenario.calls.map((call) => ({ call, name, scenario })),
);

describe("the table", () => {
  test("has every method of the executor's surface", () => {
    const methods = Object.entries(Object.getOwnPropertyDescriptors(Backend.prototype))
      .filter(([name, { value }]) => name !== "constructor" && value)
      .map(([name]) => name);

    expect(Object.keys(METHODS).sort()).toEqual(methods.sort());
  });

  test("has a run for every function that executors call", () => {
    const functions = Object.keys(calls).sort();

    expect([...new Set(Object.values(METHODS).flat())].sort()).toEqual(functions);
    expect(ROWS.map(({ call }) => call).sort()).toEqual(functions);
  });
});

describe.each(ROWS)("$call, in a run with $name", ({ call, scenario }) => {
  test.each(TROUBLES)(
    "comes to the same end: $times fail, or come, $when",
    async ({ when, times }) => {
      const on = `executor:${call}`;
      const count = await countCalm(scenario, on);
      expect(count).toBeGreaterThan(0);

      const stride = Math.ceil(count / PLACES_MAX);
      for (let skip = 0; skip < count; skip += stride) {
        const app = await play(scenario, { on, when, skip, times });
        expect({ skip, ...(await judge(app)) }).toEqual({
          skip,
          ...expectation(scenario),
        });
        expect(app.faults.hits.get(on)).toBeGreaterThan(0);
      }
    },
  );
});

test.each(QUESTIONS)("%s may fail: it is asked again", async (method) => {
  const failing = vi
    .spyOn(Backend.prototype, method)
    .mockRejectedValueOnce(new Error("Injected failure"));
  onTestFinished(() => failing.mockRestore());

  const app = await play(SCENARIOS.steps!);

  expect(failing.mock.calls.length).toBeGreaterThan(1);
  expect(await judge(app)).toEqual(expectation(SCENARIOS.steps!));
});

async function play(scenario: Scenario, fault?: Fault): Promise<WorkApp> {
  const app = openApp(scenario);
  if (fault) app.faults.add(fault);
  await scenario.play(app);
  return app;
}

const calm = new Map<Scenario, ReadonlyMap<string, number>>();

/** How often a call is made when nothing goes wrong. */
async function countCalm(scenario: Scenario, on: string): Promise<number> {
  let counts = calm.get(scenario);
  if (!counts) {
    const app = await play(scenario);
    expect(await judge(app)).toEqual(expectation(scenario));
    calm.set(scenario, (counts = app.faults.counts));
  }
  return counts.get(on) ?? 0;
}

function expectation({ expected }: Scenario): object {
  return { facts: expected, left: [], seated: [], audit: [], overlaps: [] };
}

/** What came of a run, and what is left of it. */
async function judge(app: WorkApp): Promise<object> {
  type Seat = { seat: number; current: unknown; draining: unknown[] };
  const counts = await Promise.all(
    EMPTIED.map(async (table) => ({ table, rows: (await app.rows(table)).length })),
  );
  const seats = await app.rows<Seat>("seats");
  return {
    facts: await readFacts(app),
    left: counts.filter(({ rows }) => rows > 0),
    seated: seats.filter(({ current, draining }) => current ?? draining.length > 0),
    audit: await app.audit(),
    overlaps: app.overlaps,
  };
}
