/** Merging of intervals, against a list that keeps them all. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { IntervalSet } from "./intervalSet.js";

const POINTS = 40;
const point = fc.nat({ max: POINTS });

describe("IntervalSet", () => {
  test("holds what any of its intervals holds, in the fewest intervals", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(point, point), { maxLength: 20, size: "max" }),
        (pairs) => {
          const set = new IntervalSet();
          const held = new Set<number>();
          for (const [start, end] of pairs) {
            set.add(name(start), name(end));
            for (let each = start; each < end; each++) {
              held.add(each);
            }
          }

          const all = Array.from({ length: POINTS }, (_, index) => index);
          expect(all.filter((each) => set.contains(name(each)))).toEqual(
            all.filter((each) => held.has(each)),
          );
          const runs = all.filter((each) => held.has(each) && !held.has(each - 1));
          expect(set.size).toBe(runs.length);
          expect(set.toArray().map(({ start }) => start)).toEqual(runs.map(name));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("touching intervals become one", () => {
    const set = new IntervalSet();

    set.add("a", "b");
    set.add("c", "d");
    expect(set.size).toBe(2);
    set.add("b", "c");

    expect(set.toArray()).toEqual([{ start: "a", end: "d" }]);
  });

  test("an empty interval is none", () => {
    const set = new IntervalSet();

    set.add("b", "b");
    set.add("b", "a");

    expect(set.size).toBe(0);
  });

  test("a clone is independent", () => {
    const set = new IntervalSet();
    set.add("a", "b");
    const copy = set.clone();

    set.add("x", "y");

    expect(copy.toArray()).toEqual([{ start: "a", end: "b" }]);
  });
});

function name(index: number): string {
  return String.fromCharCode(0x40 + index);
}
