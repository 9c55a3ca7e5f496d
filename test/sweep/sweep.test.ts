/**
 * The crash sweep: the example's reviews, the executor crashed at each of its places in turn.
 *
 * A first run records the places: before and after every operation of the host (a syscall, a
 * timer, a fetch) of every executor. Between two of them an action is alone with itself, so
 * there is no other place to crash at that anybody could tell. To replay one by hand, give
 * the place that a failure prints to `runReviews`.
 */
import { stdout } from "node:process";
import { afterAll, describe, expect, test } from "vitest";
import {
  auditAll,
  listOpenJobs,
  listReviews,
  runReviews,
  type ReviewRun,
} from "./reviews.js";

const calm = await runReviews({}, (convex) => convex.faults.recordCrashPlaces());
const places = calm.convex.faults.crashPlaces;
const operations = [...new Set(places.map(({ operation }) => operation))].sort();
/** The reviews of a run without crashes: the same prompts get the same answers. */
const reviews = listReviews(calm.convex);

const STEPS_PER_REVIEW = 7;
/** Calls that may be under way at once: what a crash costs at most, the rest is recorded. */
const SLOTS = 4;

const swept = { places: 0, commits: 0, restarts: 0 };

afterAll(() => {
  const { commits, restarts } = swept;
  stdout.write(
    `crash sweep: ${swept.places} of ${places.length} places, ` +
      `${commits} commits checked, executors started again ${restarts} times\n`,
  );
});

describe("without a crash", () => {
  test("every document is reviewed once, and nobody has to be started", async () => {
    expect(reviews).toHaveLength(3);
    for (const review of reviews) {
      expect(review.summary).toEqual(expect.any(String));
      expect(review.keywords).toEqual(expect.any(Array));
    }
    expect(calm.restarts).toBe(0);
    expect(await judge(calm)).toEqual({ ...DONE, crashes: undefined });
  });

  test("executors go through places of every kind", () => {
    expect(operations).toEqual([
      "createFunctionHandle",
      "fetch",
      "getDeploymentMetadata",
      "mutation",
      "query",
      "timer",
    ]);
  });
});

describe("an executor that crashes before or after", () => {
  test.each(operations)("each %s in turn: all is done, and done once", async (name) => {
    for (const place of places.filter(({ operation }) => operation === name)) {
      const run = await runReviews({ crash: { schedule: [place] } });

      expect({ place, ...(await judge(run)) }).toEqual({ place, ...DONE });
      expect({ place, isOften: run.restarts > 1 }).toEqual({ place, isOften: false });
      expect(run.requests).toBeLessThanOrEqual(calm.requests + SLOTS);
      swept.places += 1;
      swept.commits += run.watch.commits;
      swept.restarts += run.restarts;
    }
  });
});

/** What every run has to come to. */
const DONE = {
  crashes: 1,
  states: ["completed", "completed", "completed"],
  stepsDone: 3 * STEPS_PER_REVIEW,
  reviews,
  brokenByCommits: [],
  audit: [],
  openJobs: [],
  load: { waiting: 0, running: 0 },
};

async function judge({ convex, watch }: ReviewRun): Promise<object> {
  const { waiting, running } = convex.scheduler;
  const workflows = convex.rows<{ state: string }>("executor", "workflows");
  const steps = convex.rows<{ outcome?: { kind: string } }>("executor", "steps");
  return {
    crashes: convex.faults.counts.crash,
    states: workflows.map(({ state }) => state),
    stepsDone: steps.filter(({ outcome }) => outcome?.kind === "completed").length,
    reviews: listReviews(convex),
    brokenByCommits: watch.violations,
    audit: await auditAll(convex),
    openJobs: listOpenJobs(convex),
    load: { waiting, running },
  };
}
