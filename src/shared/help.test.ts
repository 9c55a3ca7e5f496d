import { describe, expect, test } from "vitest";
import { HELP_CIRCLE } from "./constants.js";
import {
  arrangeForSeat,
  computeHelp,
  computePlace,
  dealOwnShard,
  judgeLoad,
} from "./help.js";

const ROWS = Array.from({ length: 200 }, (_, n) => ({ _id: `k57${n}abcdefg;taskQueue` }));

describe("the place of a row on the circle", () => {
  test("is the same every time, and one of its points", () => {
    for (const { _id } of ROWS) {
      const place = computePlace(_id);
      expect(computePlace(_id)).toBe(place);
      expect(Number.isInteger(place) && place >= 0 && place < HELP_CIRCLE).toBe(true);
    }
  });

  test("is spread: each quarter has its share, though ids differ in a character", () => {
    const quarters = [0, 0, 0, 0];
    for (const { _id } of ROWS)
      quarters[Math.floor((4 * computePlace(_id)) / HELP_CIRCLE)]! += 1;

    for (const count of quarters) {
      expect(count).toBeGreaterThan(30);
      expect(count).toBeLessThan(70);
    }
  });
});

describe("helpers", () => {
  test("choose among all rows, each in an order of its own", () => {
    for (const seat of [0, 1, 2]) {
      expect(new Set(arrangeForSeat(ROWS, seat))).toEqual(new Set(ROWS));
    }
    expect(arrangeForSeat(ROWS, 1)[0]).not.toBe(arrangeForSeat(ROWS, 2)[0]);
  });

  test.each([0, 17, 250])("on four seats in turn from %d on seldom meet", (first) => {
    const chosen = [0, 1, 2, 3].flatMap((n) =>
      arrangeForSeat(ROWS, first + n).slice(0, 20),
    );

    expect(new Set(chosen).size).toBeGreaterThanOrEqual(0.9 * chosen.length);
  });
});

describe("a workflow that is moved", () => {
  test("comes to one of the seat's shards, all of which are used", () => {
    const shards = [3, 13, 23];

    const dealt = ROWS.map(({ _id }) => dealOwnShard(shards, _id));

    expect(new Set(dealt)).toEqual(new Set(shards));
  });
});

test.each([
  [-1, 0],
  [0, 0],
  [1, 1],
  [2, 1],
  [9, 4],
])("with %d free slots an executor takes in %d of others", (free, taken) => {
  expect(computeHelp(free)).toBe(taken);
});

describe("an executor", () => {
  const FULL = { room: 0, candidates: 50, readAhead: 50, hasMoreTasks: true };

  test.each([
    ["behind", "full, with all it reads ahead and more", {}],
    ["behind", "about to be, with as much left", { room: 3, candidates: 53 }],
    ["behind", "full, with more than that", { candidates: 51, hasMoreTasks: false }],
    ["between", "full, with less than it reads ahead", { candidates: 49 }],
    ["between", "about to be, with less left", { room: 3 }],
    ["ahead", "with room for all that waits", { room: 51 }],
    ["ahead", "full, with nothing more in its queue", { hasMoreTasks: false }],
  ])("is %s when it is %s", (judged, _title, difference) => {
    expect(judgeLoad({ ...FULL, ...difference })).toBe(judged);
  });
});
