import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { PERMIT_SHARE, PERMITS, SCHEDULER_SLOTS } from "./constants.js";
import {
  computeLocalMax,
  computePermits,
  computeSeats,
  computeSeatsMax,
  computeSlots,
  dealShard,
  resolveClass,
  seatOfShard,
  shardsOfSeat,
  type DeploymentClass,
  type Layout,
} from "./layout.js";

const CLASSES = Object.keys(SCHEDULER_SLOTS) as DeploymentClass[];

function buildLayout(overrides: Partial<Layout> = {}): Layout {
  return { shards: 10, served: 10, seats: 4, slotsPerShard: 50, ...overrides };
}

const layouts = fc
  .record({
    shards: fc.integer({ min: 1, max: 300 }),
    former: fc.integer({ min: 0, max: 300 }),
    seats: fc.integer({ min: 1, max: 128 }),
    slotsPerShard: fc.integer({ min: 1, max: 1_000 }),
  })
  .map(({ shards, former, seats, slotsPerShard }) =>
    buildLayout({
      shards,
      served: Math.max(shards, former),
      seats: Math.min(seats, shards),
      slotsPerShard,
    }),
  );

describe("resolveClass", () => {
  test.each(CLASSES)("%s is itself", (name) => {
    expect(resolveClass(name)).toBe(name);
  });

  test.each([undefined, "", "S256", "d4096", "toString", "__proto__"])(
    "a class that is not known (%s) counts as the smallest",
    (name) => {
      expect(resolveClass(name)).toBe("s16");
    },
  );
});

describe("computeSeatsMax", () => {
  test.each([
    { name: "s16", seats: 2 },
    { name: "s256", seats: 64 },
    { name: "d1024", seats: 128 },
    { name: "d2048", seats: 256 },
  ] as const)("$name carries $seats seats", ({ name, seats }) => {
    expect(computeSeatsMax(name)).toBe(seats);
  });

  test.each(CLASSES)(
    "on %s all executors and their successors take half of the scheduler's slots",
    (name) => {
      expect(computeSeatsMax(name) * 2).toBeLessThanOrEqual(SCHEDULER_SLOTS[name] / 2);
    },
  );
});

describe("computeSeats", () => {
  test.each([
    { shards: 1, name: "s256", seats: 1 },
    { shards: 64, name: "s256", seats: 64 },
    { shards: 100, name: "s256", seats: 64 },
    { shards: 100, name: "d1024", seats: 100 },
    { shards: 100, name: "s16", seats: 2 },
    { shards: 0, name: "s16", seats: 1 },
  ] as const)("$shards shards on $name get $seats seats", ({ shards, name, seats }) => {
    expect(computeSeats(shards, name)).toBe(seats);
  });
});

describe("shardsOfSeat", () => {
  test("a seat serves every shard that was ever in use, as the others do", () => {
    expect(shardsOfSeat(buildLayout({ shards: 3, served: 10 }), 1)).toEqual([1, 5, 9]);
  });

  test("a seat without a shard serves none", () => {
    expect(shardsOfSeat(buildLayout({ served: 2 }), 3)).toEqual([]);
  });

  test("every shard is served by exactly one seat, the one that seatOfShard names", () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const served = [...Array(layout.seats).keys()].flatMap((seat) => {
          const shards = shardsOfSeat(layout, seat);
          expect(shards.every((shard) => seatOfShard(layout, shard) === seat)).toBe(true);
          return shards;
        });

        expect(served.sort((a, b) => a - b)).toEqual([...Array(layout.served).keys()]);
      }),
    );
  });

  test("no seat serves two shards more than another", () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const counts = [...Array(layout.seats).keys()].map(
          (seat) => shardsOfSeat(layout, seat).length,
        );

        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("computeSlots", () => {
  test.each([
    { title: "slots of each shard", layout: {}, seat: 0, slots: 150 },
    { title: "fewer on a seat with fewer shards", layout: {}, seat: 3, slots: 100 },
    {
      title: "no more than a heap can carry",
      layout: { slotsPerShard: 500 },
      seat: 0,
      slots: 1_000,
    },
    { title: "none without a shard", layout: { served: 2 }, seat: 3, slots: 0 },
  ])("an executor has $title", ({ layout, seat, slots }) => {
    expect(computeSlots(buildLayout(layout), seat)).toBe(slots);
  });
});

describe("computePermits", () => {
  test("a seat gets its part of a quarter of each kind", () => {
    expect(computePermits("s256", 4)).toEqual({ query: 16, mutation: 16, action: 32 });
  });

  test("a seat may always run one function of each kind", () => {
    expect(computePermits("s16", 1_000)).toEqual({ query: 1, mutation: 1, action: 1 });
  });

  test.each(CLASSES)("on %s all seats together keep to their share", (name) => {
    const seats = computeSeatsMax(name);
    const permits = computePermits(name, seats);

    for (const kind of ["query", "mutation", "action"] as const) {
      expect(permits[kind] * seats).toBeLessThanOrEqual(
        PERMITS[name][kind] * PERMIT_SHARE,
      );
    }
  });
});

describe("dealShard", () => {
  test("a batch goes around the shards, from the one that was drawn", () => {
    const layout = buildLayout({ shards: 3 });

    expect([0, 1, 2, 3].map((index) => dealShard(layout, 2, index))).toEqual([
      2, 0, 1, 2,
    ]);
  });

  test("new work stays out of shards that are no longer in use", () => {
    const layout = buildLayout({ shards: 3, served: 10 });

    expect([...Array(20).keys()].map((i) => dealShard(layout, 1, i))).not.toContain(3);
  });
});

describe("computeLocalMax", () => {
  test("a workflow keeps a few steps with its executor, or a share of many slots", () => {
    expect(computeLocalMax(2, 2)).toBe(8);
    expect(computeLocalMax(2, 100)).toBe(50);
  });

  test("with one seat there is nobody to deal to", () => {
    expect(computeLocalMax(1, 2)).toBe(Infinity);
  });
});
