/** The plain bounds beside closed forms; the oracle has tests of its own. */
import { expect, test } from "vitest";
import { computePlannedBounds } from "./bounds.js";

test("the API's rate bounds a run by the limit of each time", () => {
  const plans = Array.from({ length: 40 }, () => [[{ ms: 0 }]]);
  const rateLimit = { requestsPerMinute: 60, capacityRequests: 5, initialRequests: 5 };
  const later = (atMs: number, requestsPerMinute: number) => ({
    atMs,
    requestsPerMinute,
    capacityRequests: 5,
  });
  const boundOf = (...rateLimitChanges: ReturnType<typeof later>[]) =>
    computePlannedBounds(
      { stages: [[0]], slots: 40, rateLimit, rateLimitChanges, plans },
      60_000,
      [],
    ).find(({ name }) => name === "apiRate")?.ms;

  expect(boundOf()).toBe(35_000);
  expect(boundOf(later(10_000, 30))).toBe(60_000);
  expect(boundOf(later(10_000, 30), later(30_000, 120))).toBe(37_500);
  expect(boundOf(later(50_000, 1))).toBe(35_000);
});
