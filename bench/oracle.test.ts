/** The oracle beside closed forms. */
import { describe, expect, test } from "vitest";
import { runOracle, type OracleInput, type PlannedAttempt } from "./oracle.js";
import { ONE_TWO_ONE } from "./scenario.js";

/** So many workflows whose every call takes `ms` in one attempt. */
function build(
  count: number,
  ms: number,
  input: Partial<OracleInput> = {},
): Parameters<typeof runOracle>[0] {
  const { stages = [[0]] } = input;
  const calls = stages.flat().map((): PlannedAttempt[] => [{ ms }]);
  const workflows = Array.from({ length: count }, () => ({ createdMs: 0, calls }));
  return { stages, slots: count, rateLimit: null, workflows, ...input };
}

describe("runOracle", () => {
  test("with room for all, every workflow takes its critical path", () => {
    expect(runOracle(build(3, 100, { stages: ONE_TWO_ONE, slots: 6 }))).toEqual([
      300, 300, 300,
    ]);
  });

  test("with few slots, equal calls end in waves", () => {
    expect(runOracle(build(5, 100, { slots: 2 }))).toEqual([100, 100, 200, 200, 300]);
  });

  test("a single slot serves the oldest workflow to its end first", () => {
    const ends = runOracle(build(3, 10, { stages: ONE_TWO_ONE, slots: 1 }));

    expect(ends).toEqual([40, 80, 120]);
  });

  test("a bucket that is empty at the start spaces the calls at its rate", () => {
    const rateLimit = {
      requestsPerMinute: 600,
      capacityRequests: 10,
      initialRequests: 0,
    };

    const ends = runOracle(build(5, 1_000, { rateLimit }));

    expect(ends).toEqual([1_100, 1_200, 1_300, 1_400, 1_500]);
  });

  test("a limit that changes spaces the calls at the rate of their time", () => {
    const rateLimit = { requestsPerMinute: 600, capacityRequests: 1, initialRequests: 0 };
    const rateLimitChanges = [
      { atMs: 200, requestsPerMinute: 60, capacityRequests: 1 },
      { atMs: 2_200, requestsPerMinute: 6_000, capacityRequests: 1 },
    ];

    const ends = runOracle(build(6, 0, { rateLimit, rateLimitChanges }));

    expect(ends).toEqual([100, 200, 1_200, 2_200, 2_210, 2_220]);
  });

  test("a full bucket lets its burst through at once", () => {
    const rateLimit = { requestsPerMinute: 600, capacityRequests: 3, initialRequests: 3 };

    expect(runOracle(build(5, 0, { rateLimit }))).toEqual([0, 0, 0, 100, 200]);
  });

  test("an attempt that fails takes a slot, a token and its time, and is made again", () => {
    const rateLimit = { requestsPerMinute: 600, capacityRequests: 1, initialRequests: 1 };
    const calls = [[{ ms: 30 }, { ms: 50 }]];

    const ends = runOracle(
      build(0, 0, { slots: 1, rateLimit, workflows: [{ createdMs: 0, calls }] }),
    );

    expect(ends).toEqual([150]);
  });

  test("nothing starts before it was created", () => {
    const workflows = [0, 500].map((createdMs) => ({
      createdMs,
      calls: [[{ ms: 100 }]],
    }));

    expect(runOracle(build(0, 0, { slots: 1, workflows }))).toEqual([100, 600]);
  });
});
