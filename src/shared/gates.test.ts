import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  GATE_AHEAD_MS_MAX,
  GATE_AHEAD_MS_MIN,
  GATE_GRANTS_AHEAD,
  GATE_BURST_MS,
  GATE_FIRST_GRANTS,
  GATE_TRADE_MS,
} from "./constants.js";
import { expandRuns, groupWaiters, takeLast, weigh } from "./gateRuns.js";
import {
  isNamed,
  computeAheadMs,
  planAllocation,
  type AllocationInput,
} from "./gates.js";

const NOW = 1_000_000;

function input(overrides: Partial<AllocationInput>): AllocationInput {
  return {
    now: NOW,
    limits: {},
    closedUntil: 0,
    nextAt: NOW,
    burstMs: GATE_BURST_MS,
    kept: 0,
    isFirst: false,
    seats: 1,
    accounts: [],
    demands: [],
    ...overrides,
  };
}

const groups = fc.array(
  fc.record({
    createdAt: fc.nat(20),
    weight: fc.integer({ min: 1, max: 4 }),
    count: fc.integer({ min: 1, max: 5 }),
  }),
  { maxLength: 6 },
);
const demands = fc.array(groups, { maxLength: 4 }).map((all) =>
  all.map((waiting, index) => ({
    executor: `e${index}`,
    seen: 0,
    waiting: [...waiting].sort((a, b) => a.createdAt - b.createdAt),
  })),
);

function accountsOf(all: readonly { executor: string }[]): AllocationInput["accounts"] {
  return all.map(({ executor }) => ({ executor, granted: 0, released: 0 }));
}

describe("planAllocation", () => {
  test("spaces grants by the rate, over all executors (G2)", () => {
    fc.assert(
      fc.property(demands, fc.integer({ min: 1, max: 50 }), (all, rate) => {
        const limits = { rate, per: 1_000 };
        const { runs } = planAllocation(
          input({ limits, demands: all, accounts: accountsOf(all) }),
        );
        const grants = [...runs.values()]
          .flatMap((one) => expandRuns(one))
          .sort((a, b) => a.dueAt - b.dueAt);
        let dueAt = NOW;
        for (const grant of grants) {
          expect(grant.dueAt).toBeGreaterThanOrEqual(dueAt - 0.001);
          expect(grant.dueAt).toBeLessThanOrEqual(NOW + GATE_AHEAD_MS_MAX + 0.001);
          dueAt += (grant.weight * 1_000) / rate;
        }
      }),
    );
  });

  test("never deals more than the concurrency leaves, and all that it leaves (G3, G4)", () => {
    fc.assert(
      fc.property(
        demands,
        fc.integer({ min: 1, max: 12 }),
        fc.nat(6),
        (all, concurrency, kept) => {
          const { runs, hasServedAll } = planAllocation(
            input({
              limits: { concurrency },
              kept,
              demands: all,
              accounts: accountsOf(all),
            }),
          );
          const dealt = [...runs.values()].flat();
          const held = kept + weigh(dealt);
          const isAlone = kept === 0 && dealt.length === 1 && dealt[0]!.count === 1;
          if (dealt.length > 0 && !isAlone) expect(held).toBeLessThanOrEqual(concurrency);
          const asked = all.flatMap(({ waiting }) => waiting);
          const heaviest = Math.max(0, ...asked.map(({ weight }) => weight));
          if (!hasServedAll) expect(held + heaviest).toBeGreaterThan(concurrency);
          else expect(weigh(dealt)).toBe(weightOf(asked));
        },
      ),
    );
  });

  test("serves the oldest first: nobody younger passes one that waits (G1)", () => {
    fc.assert(
      fc.property(demands, fc.integer({ min: 1, max: 12 }), (all, concurrency) => {
        const { runs } = planAllocation(
          input({ limits: { concurrency }, demands: all, accounts: accountsOf(all) }),
        );
        const served = all.map(({ executor }) => weigh(runs.get(executor) ?? []));
        const left = all.map(({ waiting }, index) => firstLeft(waiting, served[index]!));
        const last = all.map(({ waiting }, index) => lastServed(waiting, served[index]!));
        const oldestLeft = Math.min(...left);
        for (const one of last) expect(one).toBeLessThanOrEqual(oldestLeft);
      }),
    );
  });

  test("deals nothing twice to an executor that has not seen its grants yet", () => {
    const waiting = [{ createdAt: 1, weight: 2, count: 3 }];
    const { runs } = planAllocation(
      input({
        demands: [{ executor: "a", seen: 4, waiting }],
        accounts: [{ executor: "a", granted: 8, released: 0 }],
      }),
    );
    expect(weigh(runs.get("a")!)).toBe(2);
  });

  test("gives whoever comes first its share, and the others time to ask", () => {
    const waiting = [{ createdAt: 1, weight: 1, count: 500 }];
    const ask = (seats: number) =>
      planAllocation(
        input({
          isFirst: true,
          seats,
          limits: { rate: 100, per: 1_000 },
          nextAt: 0,
          demands: [{ executor: "a", seen: 0, waiting }],
          accounts: accountsOf([{ executor: "a" }]),
        }),
      );

    expect(weigh(ask(1).runs.get("a")!)).toBe(100);
    expect(weigh(ask(50).runs.get("a")!)).toBe(GATE_FIRST_GRANTS);
    expect(ask(50).hasServedAll).toBe(false);
  });

  test("has no burst after it was closed, and one without a rate opens slowly", () => {
    const waiting = [{ createdAt: 1, weight: 1, count: 100 }];
    const deal = (limits: AllocationInput["limits"]) => {
      const { runs } = planAllocation(
        input({
          closedUntil: NOW,
          nextAt: 0,
          limits,
          demands: [{ executor: "a", seen: 0, waiting }],
          accounts: accountsOf([{ executor: "a" }]),
        }),
      );
      return expandRuns(runs.get("a")!).filter(
        ({ dueAt }) => dueAt < NOW + GATE_TRADE_MS,
      );
    };

    expect(deal({ rate: 20, per: 1_000 })).toHaveLength(20);
    expect(deal({})).toHaveLength(10);
  });

  test("keeps at most a burst of what was not used", () => {
    const waiting = [{ createdAt: 1, weight: 1, count: 1_000 }];
    const { runs } = planAllocation(
      input({
        nextAt: 0,
        limits: { rate: 10, per: 1_000 },
        demands: [{ executor: "a", seen: 0, waiting }],
        accounts: accountsOf([{ executor: "a" }]),
      }),
    );
    const most = ((GATE_BURST_MS + GATE_AHEAD_MS_MIN) * 10) / 1_000 + 1;
    expect(weigh(runs.get("a")!)).toBeLessThanOrEqual(most);
  });
});

describe("groups and runs", () => {
  test("group all waiters of one weight, the first of them one by one", () => {
    const waiters = Array.from({ length: 1_000 }, (_, createdAt) => ({
      createdAt,
      weight: 1,
    }));
    const grouped = groupWaiters(waiters, 32);

    expect(grouped.length).toBeLessThanOrEqual(32);
    expect(grouped.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
    expect(grouped.slice(0, 16).every(({ count }) => count === 1)).toBe(true);
  });

  test("the last grants of some weight are the last that are due", () => {
    const runs = [
      { at: 0, everyMs: 10, weight: 1, count: 5 },
      { at: 100, everyMs: 10, weight: 2, count: 2 },
    ];
    expect(expandRuns(takeLast(runs, 6)).map(({ dueAt }) => dueAt)).toEqual([
      30, 40, 100, 110,
    ]);
  });
});

function weightOf(all: readonly { weight: number; count: number }[]): number {
  return all.reduce((sum, { weight, count }) => sum + weight * count, 0);
}

/** The age of the first that is not served, given the weight served. */
function firstLeft(
  waiting: readonly { createdAt: number; weight: number; count: number }[],
  served: number,
): number {
  let left = served;
  for (const { createdAt, weight, count } of waiting) {
    left -= weight * count;
    if (left < 0) return createdAt;
  }
  return Infinity;
}

/** The age of the last that is served. */
function lastServed(
  waiting: readonly { createdAt: number; weight: number; count: number }[],
  served: number,
): number {
  let left = served;
  let last = -Infinity;
  for (const { createdAt, weight, count } of waiting) {
    if (left <= 0) break;
    last = createdAt;
    left -= weight * count;
  }
  return last;
}

describe("who is named as waiting", () => {
  const single = (createdAt: number) => ({ createdAt, weight: 1, count: 1 });
  const demand = {
    seen: 5,
    waiting: [single(10), single(20), { ...single(30), count: 4 }],
  };

  test.each([
    ["each single one", 5, [10, 20], [5, 15, 25]],
    ["of a crowd, all who are no older than its oldest", 5, [30, 31, 99], [29]],
    ["not whom a grant covers since", 7, [30, 40], [10, 20]],
    ["nobody once all are granted", 11, [], [10, 20, 30, 99]],
  ])("is %s", (_whom, granted, named, others) => {
    for (const at of named)
      expect([at, isNamed(demand, granted, at)]).toEqual([at, true]);
    for (const at of others)
      expect([at, isNamed(demand, granted, at)]).toEqual([at, false]);
  });
});

describe("how far ahead a gate deals", () => {
  const waiting = [{ createdAt: 1, weight: 1, count: 1 }];
  const ahead = (executors: number, rate: number) =>
    computeAheadMs(
      { rate, per: 1_000 },
      Array.from({ length: executors }, () => ({ waiting })),
    );

  test("is no further than needed where executors pass often, or there is one", () => {
    expect(ahead(3, 20)).toBe(GATE_AHEAD_MS_MIN);
    expect(ahead(1, 0.01)).toBe(GATE_AHEAD_MS_MIN);
    expect(computeAheadMs({}, [{ waiting }, { waiting }])).toBe(GATE_AHEAD_MS_MIN);
  });

  test("is as far as their trades wait for commits where each passes seldom", () => {
    expect(ahead(100, 50)).toBe(GATE_AHEAD_MS_MAX);
    expect(ahead(10, 10)).toBe(GATE_GRANTS_AHEAD * 1_000);
  });

  test("counts only those who wait", () => {
    const idle = Array.from({ length: 99 }, () => ({ waiting: [] }));
    expect(computeAheadMs({ rate: 1, per: 1_000 }, [{ waiting }, ...idle])).toBe(
      GATE_AHEAD_MS_MIN,
    );
  });
});
