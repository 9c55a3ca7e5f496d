/** The example's reviews: every document is reviewed, and reviewed once. */
import { expect, test } from "vitest";
import { reviews } from "./scenarios/reviews.js";
import { listPlaces, sweepScenario } from "./sweep.js";

test("executors go through places of every kind", async () => {
  const places = await listPlaces(reviews);
  const operations = new Set(places.map(({ operation }) => operation));

  expect([...operations].sort()).toEqual([
    "createFunctionHandle",
    "fetch",
    "getDeploymentMetadata",
    "mutation",
    "query",
    "timer",
  ]);
});

test("every review has all its parts", () => {
  expect(reviews.expected).toMatchObject({
    reviews: [1, 2, 3].map(() => ({
      outline: expect.any(String) as string,
      tone: expect.any(String) as string,
      keywords: expect.any(Array) as string[],
      summary: expect.any(String) as string,
    })),
  });
});

sweepScenario(reviews);
