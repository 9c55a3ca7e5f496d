/**
 * The benchmark end to end on little: what was counted, and what is told. It asserts no time.
 */
import { describe, expect, test } from "vitest";
import { BACKENDS } from "./comparison.js";
import { describeMachine } from "./machine.js";
import { renderHeader, renderReport } from "./report.js";
import { judge, QUICK, runBenchmark, type Figures } from "./run.js";

const SEED = 7;

describe("runBenchmark", () => {
  test("measures every part of the plan, and does what it says", async () => {
    const parts: string[] = [];

    const figures = await runBenchmark(QUICK, SEED, (name) => parts.push(name));

    expect(parts).toHaveLength(3 + QUICK.transactions.length);
    expect(figures.database.sizes).toEqual(QUICK.sizes);
    expect(figures.database.operations).toHaveLength(6);
    for (const { us } of figures.database.operations) expect(us).toHaveLength(2);
    expect(figures.memory.documents).toBe(QUICK.memoryDocuments);
    expect(figures.transactions).toMatchObject(QUICK.transactions);
    for (const { workload, latency, ...run } of figures.transactions) {
      // A range read asks for 50 rows and learns that there are no more; a mutation for one.
      expect(run.syscalls).toBeGreaterThanOrEqual(run.transactions);
      expect(run.virtualSeconds > 0).toBe(latency === "model");
      if (workload === "page") expect(run.retries).toBe(0);
    }
    expect(figures.comparison).toHaveLength(4);
    for (const { us } of figures.comparison) expect(Object.keys(us)).toEqual(BACKENDS);
    const report = renderReport(figures, judge(figures));
    expect(report).toContain("range read of 50 rows");
    expect(report).toContain("convex-test / faithful");
  });
});

describe("judge", () => {
  test("bounds the growth of each operation and the duration of 100,000 transactions", () => {
    const run = {
      retries: 0,
      syscalls: 0,
      processorSeconds: 0,
      virtualSeconds: 0,
      runs: 1,
    } as const;
    const figures: Figures = {
      database: {
        sizes: [1_000, 1_000_000],
        operations: [
          { operation: "read", us: [1, 2], growth: 2, isBounded: true },
          { operation: "write", us: [2, 7], growth: 3.5, isBounded: true },
          { operation: "other", us: [1, 9], growth: 9, isBounded: false },
        ],
      },
      transactions: [
        { ...run, workload: "bump", latency: "none", transactions: 100_000, seconds: 29 },
        {
          ...run,
          workload: "bump",
          latency: "model",
          transactions: 100_000,
          seconds: 31,
        },
        { ...run, workload: "bump", latency: "model", transactions: 100, seconds: 31 },
      ],
      memory: { documents: 1, bytesPerDocument: 1, bytesPerReadDocument: 1 },
      comparison: [],
    };

    const missed = judge(figures).filter(({ holds }) => !holds);

    expect(judge(figures)).toHaveLength(4);
    expect(missed.map(({ value }) => value)).toEqual([3.5, 31]);
  });
});

test("the header names the machine, the versions and the seed", () => {
  const header = renderHeader(describeMachine(), "a command", SEED);

  expect(header).toMatch(/convex-test \d+\.\d+\.\d+/);
  expect(header).toContain(process.version);
  expect(header).toContain(`seed     ${SEED}`);
});
