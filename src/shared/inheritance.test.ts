/** Which generation holds a step, after any number of restarts. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countInherited,
  listSegments,
  planInheritance,
  resolveOwner,
  resolveSeed,
} from "./inheritance.js";
import type { Inherited } from "./model.js";

const WHOLE = { generation: 3 };
const TWICE = {
  generation: 4,
  inherits: [
    { generation: 1, below: 2 },
    { generation: 3, below: 5 },
  ],
};

describe("resolveOwner", () => {
  test("without inheritance all steps are the generation's own", () => {
    expect([0, 7].map((number) => resolveOwner(WHOLE, number))).toEqual([3, 3]);
  });

  test("finds the older generation that holds a number", () => {
    expect([0, 1, 2, 4, 5, 9].map((number) => resolveOwner(TWICE, number))).toEqual([
      1, 1, 3, 3, 4, 4,
    ]);
  });
});

test("countInherited and resolveSeed look at both ends of the chain", () => {
  expect([WHOLE, TWICE].map(countInherited)).toEqual([0, 5]);
  expect([WHOLE, TWICE].map(resolveSeed)).toEqual([3, 1]);
});

describe("listSegments", () => {
  test("covers every number once, in order", () => {
    expect(listSegments(TWICE, 0)).toEqual([
      { generation: 1, from: 0, below: 2 },
      { generation: 3, from: 2, below: 5 },
      { generation: 4, from: 5, below: Infinity },
    ]);
  });

  test("begins in the middle of a segment", () => {
    expect(listSegments(TWICE, 4)).toEqual([
      { generation: 3, from: 4, below: 5 },
      { generation: 4, from: 5, below: Infinity },
    ]);
  });
});

describe("planInheritance", () => {
  test("from the first step nothing is inherited", () => {
    expect(planInheritance(TWICE, 0)).toEqual([]);
  });

  test("from beyond the chain adds the present generation", () => {
    expect(planInheritance(TWICE, 6)).toEqual([
      ...TWICE.inherits,
      { generation: 4, below: 6 },
    ]);
  });

  test("from within the chain cuts it", () => {
    expect(planInheritance(TWICE, 3)).toEqual([
      { generation: 1, below: 2 },
      { generation: 3, below: 3 },
    ]);
  });

  test("from where the present generation began keeps the chain as it is", () => {
    expect(planInheritance(TWICE, 5)).toEqual(TWICE.inherits);
  });

  test("always reads what the generation before would have read", () => {
    const restarts = fc.array(fc.nat(20), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(restarts, (froms) => {
        // A model that copies: owners by number, cut and then written by the next one.
        let owners: number[] = Array.from({ length: 20 }, () => 0);
        let inherits: Inherited[] = [];
        for (const [generation, from] of froms.entries()) {
          inherits = planInheritance({ generation, inherits }, from);
          owners = owners.map((owner, number) =>
            number < from ? owner : generation + 1,
          );
        }
        const journal = { generation: froms.length, inherits };
        expect(owners.map((_, number) => resolveOwner(journal, number))).toEqual(owners);
        const segments = listSegments(journal, 0);
        expect(segments.flatMap((one) => fill(one, 20))).toEqual(owners);
      }),
    );
  });
});

function fill(one: { generation: number; from: number; below: number }, end: number) {
  const length = Math.max(0, Math.min(one.below, end) - one.from);
  return Array.from({ length }, () => one.generation);
}
