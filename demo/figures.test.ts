import { describe, expect, test } from "vitest";
import {
  computeStepFigures,
  computeWorkflowFigures,
  resolveFailureKind,
} from "./figures.js";
import type { Step, Workflow } from "./workflows.js";

const CREATED_AT = 1_000;

function workflow(overrides: Partial<Workflow>): Workflow {
  return {
    id: "w",
    definition: "reviews:review",
    state: "completed",
    generation: 0,
    shard: 0,
    createdAt: CREATED_AT,
    ...overrides,
  };
}

function step(overrides: Partial<Step>): Step {
  const outcome = { kind: "completed" as const, value: null };
  const counts = { number: 0, attempts: 1, failures: 0, startedAt: CREATED_AT };
  return {
    name: "s",
    kind: "action",
    state: "completed",
    outcome,
    ...counts,
    ...overrides,
  };
}

const RATE_LIMITED = { name: "RateLimitError", message: '429 {"type":"error"}' };

describe("computeWorkflowFigures", () => {
  test("times are those of completed workflows, from their creation", () => {
    const figures = computeWorkflowFigures([
      workflow({ finishedAt: CREATED_AT + 100 }),
      workflow({ state: "failed", finishedAt: CREATED_AT + 9_000 }),
      workflow({ createdAt: CREATED_AT + 50, finishedAt: CREATED_AT + 350 }),
    ]);

    expect(figures.completionMs).toEqual({ p50: 100, p90: 300, p99: 300, slowest: 300 });
    expect(figures.decileMediansMs).toEqual([100, 300]);
    expect(figures.rankCorrelation).toBeCloseTo(1);
  });

  test("every workflow is completed, failed or unfinished", () => {
    const figures = computeWorkflowFigures([
      workflow({ finishedAt: CREATED_AT }),
      workflow({ state: "failed", error: { name: "Error", message: "no" } }),
      workflow({ state: "canceled" }),
      workflow({ state: "pending" }),
      workflow({ state: "running" }),
      workflow({ state: "parked" }),
    ]);

    expect(figures).toMatchObject({ total: 6, completed: 1, failed: 2, unfinished: 3 });
    expect(figures.firstError).toBe("no");
  });
});

describe("computeStepFigures", () => {
  test("calls are the attempts of actions; what is not the first is a retry", () => {
    const figures = computeStepFigures([
      step({ kind: "query" }),
      step({ attempts: 3, lastError: RATE_LIMITED }),
      step({ attempts: 1, state: "running", outcome: undefined }),
    ]);

    expect(figures).toMatchObject({ stepsSettled: 2, calls: 4, retries: 2 });
    expect([...figures.retriedByKind]).toEqual([["429", 1]]);
  });
});

describe("resolveFailureKind", () => {
  test.each([
    [RATE_LIMITED, "429"],
    [{ name: "InternalServerError", message: "529 Overloaded" }, "529"],
    [{ name: "APIConnectionError", message: "Connection error." }, "dropped"],
    [{ name: "TypeError", message: "4291 is no status" }, "TypeError"],
  ])("%j is %s", (error, kind) => {
    expect(resolveFailureKind(error)).toBe(kind);
  });
});
