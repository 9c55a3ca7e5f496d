/** Chance: the same for a seed, independent between forks, and distributed as said. */
import { describe, expect, test } from "vitest";

import { Random } from "./random.js";

const draw = (random: Random, count = 5): number[] =>
  Array.from({ length: count }, () => random.next());

describe("Random", () => {
  test("the same seed gives the same numbers, another seed others", () => {
    expect(draw(new Random(7))).toEqual(draw(new Random(7)));
    expect(draw(new Random(7))).not.toEqual(draw(new Random(8)));
  });

  test("a known seed gives known numbers in every process", () => {
    expect(new Random(1).uint32()).toBe(1_450_831_146);
    expect(new Random(1).fork("a").fork("b").uint32()).toBe(2_057_244_158);
  });

  test("a fork does not depend on what was drawn before or beside it", () => {
    const quiet = new Random(7);
    const busy = new Random(7);
    draw(busy, 100);
    draw(busy.fork("other"), 100);

    expect(draw(busy.fork("a"))).toEqual(draw(quiet.fork("a")));
    expect(draw(quiet.fork("a"))).not.toEqual(draw(quiet.fork("b")));
  });

  test("a path of names is not one name with a slash", () => {
    const random = new Random(7);

    expect(draw(random.fork("a").fork("b"))).not.toEqual(draw(random.fork("a/b")));
  });

  test("integers reach both ends and nothing beyond", () => {
    const random = new Random(7);
    const seen = new Set(Array.from({ length: 1_000 }, () => random.integer(-1, 2)));

    expect([...seen].toSorted((a, b) => a - b)).toEqual([-1, 0, 1, 2]);
  });

  test("a probability of 0 or 1 draws nothing", () => {
    const random = new Random(7);

    expect(random.chance(0)).toBe(false);
    expect(random.chance(1)).toBe(true);
    expect(draw(random)).toEqual(draw(new Random(7)));
  });

  test("half of lognormal draws lie below the median, and none spreads without sigma", () => {
    const random = new Random(7);
    const draws = Array.from({ length: 4_000 }, () => random.lognormal(20, 0.5));
    const below = draws.filter((value) => value < 20).length;

    expect(below / draws.length).toBeCloseTo(0.5, 1);
    expect(random.lognormal(20, 0)).toBe(20);
  });

  test("exponential draws have their mean", () => {
    const random = new Random(7);
    const draws = Array.from({ length: 20_000 }, () => random.exponential(3));

    expect(draws.reduce((sum, value) => sum + value, 0) / draws.length).toBeCloseTo(3, 1);
  });

  test("fills bytes of any length", () => {
    const bytes = new Random(7).bytes(new Uint8Array(37));

    expect(new Set(bytes).size).toBeGreaterThan(20);
    expect(new Random(7).bytes(new Uint8Array(2))).toEqual(bytes.slice(0, 2));
  });
});
