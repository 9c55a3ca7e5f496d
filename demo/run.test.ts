/**
 * The demo end to end, in the seam: what it would show, mostly in virtual time. It waits for
 * events alone, and asserts no time.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HaikuOptions } from "../bench/haiku/index.js";
import type { EmbeddedConvex } from "./backend/backend.js";
import { openEmbedded } from "./backend/embedded.js";
import { openTime } from "./backend/time.js";
import { loadFigures, type Figures } from "./figures.js";
import { openSimulatedApi, type MessagesApi } from "./messagesApi.js";
import { renderReport } from "./report.js";
import { runReviews, type RunResult } from "./run.js";
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

/** A backend with the simulated API; whoever opens it closes the API. */
async function open(
  api: Partial<HaikuOptions>,
  { kind = "virtual", seed = 1 }: { kind?: "virtual" | "real"; seed?: number } = {},
): Promise<{ messages: MessagesApi; backend: EmbeddedConvex }> {
  const time = openTime(kind);
  const messages = await openSimulatedApi(seed, time, { ...CALM, ...api });
  return { messages, backend: await openEmbedded({ ...messages, time, seed }) };
}

/** Reviews documents and reads the figures. */
async function review(
  backend: EmbeddedConvex,
  documents = DOCUMENTS,
): Promise<{ run: RunResult; figures: Figures }> {
  const run = await runReviews(backend, documents, {
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  return { run, figures: await loadFigures(backend) };
}

describe("runReviews", () => {
  const environment = { ...process.env };

  beforeEach(() => {
    // The example is loaded once, so all runs of this file have this layout.
    applySlots(4);
  });

  afterEach(() => {
    process.env = { ...environment };
  });

  test("every document is reviewed, and the figures say so", async () => {
    const { messages, backend } = await open({ dropProbability: 0.05 });

    const { run, figures } = await review(backend);

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
    const context = { command: "test", isVirtual: true, stats: messages.stats() };
    const report = renderReport(figures, run, context);
    expect(report).toContain(`${count} of ${count}`);
    expect(report).toContain("virtual duration");
    expect(report).toContain("document");
  });

  test("the same seed gives the same table, and another one another", async () => {
    const report = async (seed: number) => {
      const faults = { dropProbability: 0.02, overloadedProbability: 0.02 };
      const { messages, backend } = await open(faults, { seed });
      const { run, figures } = await review(backend);
      const context = { command: "test", isVirtual: true, stats: messages.stats() };
      const table = renderReport(figures, { ...run, wallMs: 0 }, context);
      return { table, digest: backend.digest() };
    };

    const first = await report(7);

    expect(await report(7)).toEqual(first);
    expect((await report(8)).digest).not.toBe(first.digest);
  });

  test("in real time, over a socket", async () => {
    const { messages, backend } = await open({}, { kind: "real" });

    const { run, figures } = await review(backend, DOCUMENTS.slice(0, 2));
    await messages.close();

    expect(run).toMatchObject({ ending: "finished", isDrained: true });
    expect(figures).toMatchObject({ total: 2, completed: 2, violations: [] });
    expect(figures.calls).toBe(messages.stats()!.requests);
  });

  test("interrupted: nothing more starts, the executors leave, the rest is unfinished", async () => {
    const { backend } = await open({});
    const controller = new AbortController();

    const run = await runReviews(backend, DOCUMENTS, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    const figures = await loadFigures(backend);

    expect(run).toMatchObject({ ending: "interrupted", isDrained: true });
    expect(figures.violations).toEqual([]);
    expect(figures.completed).toBeLessThan(DOCUMENTS.length);
    expect(figures.completed + figures.unfinished).toBe(DOCUMENTS.length);
  });

  test("a call that the API refuses for good fails its workflow, and none is stuck", async () => {
    const { backend } = await open({ models: ["another-model"] });

    const { run, figures } = await review(backend, DOCUMENTS.slice(0, 1));

    expect(run.ending).toBe("finished");
    expect(figures).toMatchObject({ completed: 0, failed: 1, unfinished: 0, retries: 0 });
    expect(figures.firstError).toContain("404");
  });
});

function countOf(figures: Figures, name: string): number {
  return figures.executorTransactions.find((one) => one.name === name)?.count ?? 0;
}
