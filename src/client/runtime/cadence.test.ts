/** An executor knows how often it commits, and that a pause has begun (D2). */
import { describe, expect, test } from "vitest";
import { CADENCE_COMMITS, CADENCE_MS } from "../../shared/constants.js";
import { Cadence } from "./cadence.js";

/** A cadence of so many commits, so many milliseconds apart, the last of them at 0. */
function cadenceOf(count: number, everyMs: number): Cadence {
  const cadence = new Cadence();
  for (let left = count - 1; left >= 0; left -= 1) cadence.note(-left * everyMs);
  return cadence;
}

describe("the next commit", () => {
  test("is expected by nobody who has not committed often yet", () => {
    const cadence = cadenceOf(CADENCE_COMMITS - 1, 10);
    expect(cadence.isWithin(CADENCE_MS, 0)).toBe(false);
  });

  test.each([
    [1_000, true],
    [CADENCE_MS, true],
    [2 * CADENCE_MS, false],
  ])("is expected in time after commits every %d ms: %s", (everyMs, expected) => {
    const cadence = cadenceOf(3 * CADENCE_COMMITS, everyMs);
    expect(cadence.isWithin(CADENCE_MS, 0)).toBe(expected);
  });

  test("is expected no more once a pause has lasted", () => {
    const cadence = cadenceOf(CADENCE_COMMITS, 1_000);
    expect(cadence.isWithin(CADENCE_MS, CADENCE_MS)).toBe(true);
    expect(cadence.isWithin(CADENCE_MS, CADENCE_COMMITS * CADENCE_MS)).toBe(false);
  });
});
