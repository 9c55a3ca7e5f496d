import { describe, expect, test } from "vitest";

import { QUIET_MS, SUSPECTS_MAX, TAKEOVER_LOOKS } from "./constants.js";
import { countLook, isQuiet, type Suspect } from "./liveness.js";

const sign = (executor: string, at: number, seat = 0) => ({ seat, executor, at });
const all = () => true;

/** Looks several times; each look sees these signs. */
function lookAt(...looks: ReturnType<typeof sign>[][]) {
  let suspects: Suspect[] = [];
  let stuck: Suspect[] = [];
  for (const quiet of looks) ({ suspects, stuck } = countLook(suspects, quiet, all));
  return { suspects, stuck: stuck.map(({ executor }) => executor) };
}

test("a sign of life is quiet when it is old, or in the future", () => {
  expect([0, QUIET_MS, -QUIET_MS].map((age) => isQuiet(1e9 - age, 1e9))).toEqual([
    false,
    false,
    false,
  ]);
  expect(isQuiet(1e9 - QUIET_MS - 1, 1e9)).toBe(true);
  expect(isQuiet(1e9 + QUIET_MS + 1, 1e9)).toBe(true);
});

describe("an executor is stuck", () => {
  test("after the same sign in several looks in a row, and not before", () => {
    const looks = Array.from({ length: TAKEOVER_LOOKS }, () => [sign("a", 7)]);
    expect(lookAt(...looks.slice(1)).stuck).toEqual([]);
    expect(lookAt(...looks).stuck).toEqual(["a"]);
  });

  test("not when the clock jumps again and again, since its sign changes", () => {
    const looks = Array.from({ length: 9 }, (_, at) => [sign("a", at)]);
    expect(lookAt(...looks).stuck).toEqual([]);
  });

  test("not when it was heard of in between", () => {
    const looks = Array.from({ length: TAKEOVER_LOOKS }, () => [sign("a", 7)]);
    expect(lookAt(...looks.slice(1), [], ...looks.slice(1)).stuck).toEqual([]);
  });

  test("only by looks at its own seat", () => {
    const before = [{ ...sign("a", 7, 3), looks: 2 }];
    expect(countLook(before, [], (seat) => seat < 3).suspects).toEqual(before);
    expect(countLook(before, [], all).suspects).toEqual([]);
  });
});

test("no more suspects are remembered than fit", () => {
  const quiet = Array.from({ length: 99 }, (_, n) => sign(`e${n}`, 7));
  expect(countLook([], quiet, all).suspects).toHaveLength(SUSPECTS_MAX);
});
