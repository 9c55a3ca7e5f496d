/** Backoff: full jitter below a bound that doubles up to a maximum. */
import { describe, expect, test } from "vitest";

import { Random } from "../clock/random.js";
import { backoffDelay } from "./backoff.js";

const BACKOFF = { initialMs: 100, maxMs: 2_000 };

describe("backoffDelay", () => {
  test("fills the whole range below a bound that doubles with each failure", () => {
    const random = new Random(1);
    const largest = [0, 1, 2, 4, 5, 100].map((failures) =>
      Math.max(
        ...Array.from({ length: 2_000 }, () => backoffDelay(BACKOFF, failures, random)),
      ),
    );

    const bounds = [100, 200, 400, 1_600, 2_000, 2_000];
    for (const [index, bound] of bounds.entries()) {
      expect(largest[index]).toBeLessThan(bound);
      expect(largest[index]).toBeGreaterThan(bound * 0.98);
    }
  });
});
