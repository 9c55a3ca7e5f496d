/** Judgements of several runs. */
import { describe, expect, test } from "vitest";
import { atMost, combineWorst } from "./criteria.js";

describe("combineWorst", () => {
  test("takes each criterion from the run that did worst in it", () => {
    const first = [atMost("a", 1, 5), atMost("b", 9, 5)];
    const second = [atMost("a", 3, 5), atMost("b", 2, 5)];

    expect(combineWorst([first, second])).toEqual([atMost("a", 3, 5), atMost("b", 9, 5)]);
  });

  test("what was not measured is missed, and worse than anything", () => {
    const [worst] = combineWorst([[atMost("a", NaN, 5)], [atMost("a", 1, 5)]]);

    expect(worst).toMatchObject({ value: NaN, holds: false });
  });
});
