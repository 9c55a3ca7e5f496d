/**
 * The demo end to end, in the seam: what it would show, with latencies of a millisecond. It
 * waits for events alone, and asserts no time.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HaikuOptions } from "../bench/haiku/index.js";
import { openConvexTest } from "./backend/convexTest.js";
import { loadFigures } from "./figures.js";
import { openSimulatedApi, type MessagesApi } from "./messagesApi.js";
import { renderReport } from "./report.js";
import { runReviews } from "./run.js";
import { applySlots } from "./slots.js";

const CALM: Partial<HaikuOptions> = {
  latencyMedianMs: 1,
  refusalMs: 1,
  rateLimit: null,
  overloadedProbability: 0,
  dropProbability: 0,
};
const DOCUMENTS = Array.from({ length: 12 }, (_, index) => ({
  title: `document ${index}`,
  text: `# Heading ${index}\n\nA paragraph about the number ${index}.`,
}));
const STEPS_PER_REVIEW = 7;
const CALLS_PER_REVIEW = 4;

describe("runReviews", () => {
  const environment = { ...process.env };
  let messages: MessagesApi;

  beforeEach(() => {
    // The example is loaded once, so all runs of this file have this layout.
    applySlots(4);
  });

  afterEach(async () => {
    await messages.close();
    process.env = { ...environment };
  });

  test("every document is reviewed, and the figures say so", async () => {
    messages = await openSimulatedApi(1, { ...CALM, dropProbability: 0.05 });
    const backend = await openConvexTest();

    const run = await runReviews(backend, DOCUMENTS, {
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    const figures = await loadFigures(backend);

    const count = DOCUMENTS.length;
    const { dropped, requests } = messages.stats()!;
    expect(run).toMatchObject({ ending: "finished", isDrained: true });
    expect(figures).toMatchObject({ total: count, completed: count, violations: [] });
    expect(figures.stepsSettled).toBe(count * STEPS_PER_REVIEW);
    expect(figures.calls).toBe(requests);
    expect(figures.calls).toBe(count * CALLS_PER_REVIEW + dropped);
    expect(figures.retries).toBe(dropped);
    expect([...figures.retriedByKind.keys()]).toEqual(["dropped"]);
    expect(countOf(figures, "executor/executor:runMutation")).toBe(2 * count);
    expect(countOf(figures, "documents:text")).toBe(count);
    expect(figures.samples).toHaveLength(3);
    expect(figures.decileMediansMs).toHaveLength(10);
    const report = renderReport(figures, run, {
      command: "test",
      stats: messages.stats(),
    });
    expect(report).toContain(`${count} of ${count}`);
    expect(report).toContain("document");
  });

  test("interrupted: nothing more starts, the executors leave, the rest is unfinished", async () => {
    messages = await openSimulatedApi(1, CALM);
    const backend = await openConvexTest();
    const controller = new AbortController();

    const run = await runReviews(backend, DOCUMENTS, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    const figures = await loadFigures(backend);

    expect(run).toMatchObject({ ending: "interrupted", isDrained: true });
    expect(figures.violations).toEqual([]);
    expect(figures.completed + figures.unfinished).toBe(DOCUMENTS.length);
  });

  test("a call that the API refuses for good fails its workflow, and none is stuck", async () => {
    messages = await openSimulatedApi(1, { ...CALM, models: ["another-model"] });
    const backend = await openConvexTest();

    const run = await runReviews(backend, DOCUMENTS.slice(0, 1), {
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    const figures = await loadFigures(backend);

    expect(run.ending).toBe("finished");
    expect(figures).toMatchObject({ completed: 0, failed: 1, unfinished: 0, retries: 0 });
    expect(figures.firstError).toContain("404");
  });
});

function countOf(figures: Awaited<ReturnType<typeof loadFigures>>, name: string): number {
  return figures.executorTransactions.find((one) => one.name === name)?.count ?? 0;
}
