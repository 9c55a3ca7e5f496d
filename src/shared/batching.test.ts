import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { computeLingerMs, computeMedian, planCommit } from "./batching.js";
import { measureOperation, type Operation } from "./commit.js";
import {
  COMMIT_DOCUMENTS_MAX,
  COMMIT_WORKFLOWS_MAX,
  LINGER_MS_MAX,
  LINGER_STEP_SHARE,
} from "./constants.js";

const AMPLE = { bytes: 1_000_000, documents: 1_000, workflows: 1_000 };

/** Settles a step with a value of about `bytes`. */
function settle(bytes = 1): Operation {
  const outcome = { kind: "completed" as const, value: "x".repeat(bytes) };
  return { op: "settle", number: 0, outcome, settledAt: 0 };
}

function finish(): Operation {
  return { op: "finish", outcome: { kind: "completed", value: null }, after: [] };
}

const operations: fc.Arbitrary<Operation> = fc.oneof(
  fc.nat(300).map((bytes) => settle(bytes)),
  fc.constant<Operation>({ op: "restart", number: 1, attempts: 2 }),
  fc.constant<Operation>({ op: "release", requeue: true }),
  fc.constant(finish()),
);
const queues = fc.array(fc.array(operations, { maxLength: 5 }), { maxLength: 6 });
const bounds = fc.record({
  bytes: fc.nat(2_000),
  documents: fc.nat(30),
  workflows: fc.integer({ min: 1, max: 6 }),
});

function takenOf(given: readonly (readonly Operation[])[], taken: readonly number[]) {
  return given.flatMap((queue, index) => queue.slice(0, taken[index]));
}

describe("planCommit", () => {
  test.each<{
    title: string;
    given: Operation[][];
    limits: Partial<typeof AMPLE>;
    taken: number[];
  }>([
    { title: "nothing of nothing", given: [], limits: {}, taken: [] },
    {
      title: "everything that fits",
      given: [[settle(), settle()], [finish()]],
      limits: {},
      taken: [2, 1],
    },
    {
      title: "as many documents as allowed",
      given: [
        [settle(), settle()],
        [settle(), settle()],
      ],
      limits: { documents: 3 },
      taken: [2, 1],
    },
    {
      title: "as many bytes as allowed",
      given: [[settle(400), settle(400)], [settle()]],
      limits: { bytes: 700 },
      taken: [1, 0],
    },
    {
      title: "as many workflows as allowed",
      given: [[settle()], [settle()], [settle()]],
      limits: { workflows: 2 },
      taken: [1, 1, 0],
    },
    {
      title: "nothing of a younger workflow after an older one's did not fit",
      given: [[settle(), finish()], [settle()]],
      limits: { documents: 5 },
      taken: [1, 0],
    },
    {
      title: "an operation larger than the commit, alone",
      given: [[settle(500), settle()], [settle()]],
      limits: { bytes: 100 },
      taken: [1, 0],
    },
    {
      title: "the first operation there is, after empty queues",
      given: [[], [], [settle(500)]],
      limits: { bytes: 100 },
      taken: [0, 0, 1],
    },
  ])("takes $title", ({ given, limits, taken }) => {
    expect(planCommit(given, { ...AMPLE, ...limits })).toEqual(taken);
  });

  test("a commit without bounds of its own keeps to the engine's", () => {
    const many = Array.from({ length: COMMIT_WORKFLOWS_MAX + 1 }, () => [settle()]);
    const long = [Array.from({ length: COMMIT_DOCUMENTS_MAX + 1 }, () => settle())];

    expect(planCommit(many).filter((count) => count > 0)).toHaveLength(
      COMMIT_WORKFLOWS_MAX,
    );
    expect(planCommit(long)).toEqual([COMMIT_DOCUMENTS_MAX]);
  });

  test("a batch is within its bounds, unless it is one operation", () => {
    fc.assert(
      fc.property(queues, bounds, (given, limits) => {
        const taken = planCommit(given, limits);

        const costs = takenOf(given, taken).map(measureOperation);
        const sum = (of: "bytes" | "documents") =>
          costs.reduce((total, cost) => total + cost[of], 0);
        if (costs.length > 1) {
          expect(sum("bytes")).toBeLessThanOrEqual(limits.bytes);
          expect(sum("documents")).toBeLessThanOrEqual(limits.documents);
        }
        expect(taken.filter((count) => count > 0).length).toBeLessThanOrEqual(
          limits.workflows,
        );
      }),
    );
  });

  test("a batch is a prefix of the operations of the first workflows, in their order", () => {
    fc.assert(
      fc.property(queues, bounds, (given, limits) => {
        const taken = planCommit(given, limits);

        const first = given.slice(0, limits.workflows).flat();
        expect(takenOf(given, taken)).toEqual(
          first.slice(
            0,
            taken.reduce((sum, count) => sum + count, 0),
          ),
        );
      }),
    );
  });

  test("whatever the bounds, repeated commits record everything", () => {
    fc.assert(
      fc.property(queues, bounds, (given, limits) => {
        let left = given.filter((queue) => queue.length > 0);
        for (let commits = 0; left.length > 0; commits += 1) {
          expect(commits).toBeLessThan(given.flat().length);
          const taken = planCommit(left, limits);
          left = left
            .map((queue, index) => queue.slice(taken[index]))
            .filter((queue) => queue.length > 0);
        }
      }),
    );
  });
});

describe("computeLingerMs", () => {
  test.each([
    { title: "before a step has ended", medianStepMs: null, running: 500, lingerMs: 0 },
    { title: "when steps take no time", medianStepMs: 0, running: 500, lingerMs: 0 },
    { title: "when nothing runs", medianStepMs: 5_000, running: 0, lingerMs: 0 },
    {
      title: "when too little runs for anybody to come in time",
      medianStepMs: 5_000,
      running: 49,
      lingerMs: 0,
    },
  ])("a commit goes at once $title", ({ lingerMs, ...pace }) => {
    expect(computeLingerMs(pace)).toBe(lingerMs);
  });

  test("a commit waits two percent of a median step once company is expected", () => {
    expect(computeLingerMs({ medianStepMs: 5_000, running: 50 })).toBe(100);
  });

  test("a commit of long steps waits no longer than the most it may", () => {
    expect(computeLingerMs({ medianStepMs: 100_000, running: 1_000 })).toBe(
      LINGER_MS_MAX,
    );
  });

  test("the wait is never more than its share of a step, nor than the most it may be", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        fc.nat(1_000),
        (medianStepMs, running) => {
          const lingerMs = computeLingerMs({ medianStepMs, running });

          expect(lingerMs).toBeGreaterThanOrEqual(0);
          expect(lingerMs).toBeLessThanOrEqual(LINGER_MS_MAX);
          expect(lingerMs).toBeLessThanOrEqual(medianStepMs * LINGER_STEP_SHARE);
        },
      ),
    );
  });
});

describe("computeMedian", () => {
  test.each([
    { durations: [], median: null },
    { durations: [7], median: 7 },
    { durations: [10, 9, 100], median: 10 },
    { durations: [4, 1, 3, 2], median: 3 },
  ])("of $durations is $median", ({ durations, median }) => {
    expect(computeMedian(durations)).toBe(median);
  });

  test("the durations stay as they were", () => {
    const durations = [3, 1, 2];

    computeMedian(durations);

    expect(durations).toEqual([3, 1, 2]);
  });
});
