/** The engines do the same work, their figures compare as they should, and a loss fails. */
import { expect, test } from "vitest";
import type { Convex } from "../../sim/index.js";
import { executor } from "../engines/executor.js";
import { createWorkflowEngine, WORKFLOW_ENGINES } from "../engines/workflow.js";
import type { Engine } from "../engines/engine.js";
import { drive, openFleet, settle } from "../fleet.js";
import type { ResultFile, RunResult } from "../result.js";
import { haiku } from "../scenarios/haiku.js";
import { compareRuns } from "./compare.js";
import { didAll, ENGINES, runPeers } from "./run.js";
import { renderPeers } from "./table.js";

const WORKFLOWS = 20;
/** Five steps, one after the other. */
const FIVE = [[0], [1], [2], [3], [4]];
/** At the full rate: a peer has no gate, and retries would be most of the work. */
const scenario = { ...haiku, workflows: WORKFLOWS, shards: 2, creators: 1 };

/** Milliseconds: seconds of a processor, of which a busy machine has few. */
const LONG = { timeout: 300_000 };

test("20 workflows end with the same answers on every engine", LONG, async () => {
  const widest = ENGINES.at(-1)!;

  // One after the other: a virtual clock moves on when its process has nothing else to do.
  const own = await readAnswers(executor);
  const peer = await readAnswers(widest);

  expect(own).toHaveLength(WORKFLOWS * 4);
  expect(peer).toEqual(own);
  // It complains of its width, as its documentation says, and of calls that failed.
  const lines = [...widest.logged.keys()];
  const isKnown = (line: string) => /maxParallelism should be|Overloaded/.test(line);
  expect(lines.filter((line) => !isKnown(line))).toEqual([]);
  expect(lines).not.toEqual([]);
});

/**
 * 100 × 5 mutation steps on what a development deployment is: 27.8 steps a second after they
 * were created, 16.2 to 30.9, and 2,731 scheduled functions (get-convex/workflow pull request
 * 284, "0.4.12, success excluded", parallelism 100). Slower than that would be our fault.
 */
test("the peer is no slower here than where it was published", LONG, async () => {
  const { runs } = (
    await runPeers({
      scenario: { ...scenario, work: { kind: "mutation" }, stages: FIVE, class: "s16" },
      workflows: 100,
      seed: 1,
      engines: WORKFLOW_ENGINES.slice(0, 1),
    })
  )[0]!;

  const { makespan, outcome, cost } = runs[0]!;
  const rate = outcome.stepsSettled / ((makespan.ms - makespan.createdMs) / 1_000);
  expect(rate).toBeGreaterThan(27.8);
  expect(rate).toBeLessThan(60);
  expect(cost!.total.scheduledFunctions).toBeGreaterThan(2_400);
  expect(cost!.total.scheduledFunctions).toBeLessThan(2_900);
});

test("the widths are the advised one and the widest that the pool takes", () => {
  const widths = WORKFLOW_ENGINES.map((engine) => engine.describe({} as Convex, haiku));

  expect(widths.map(({ slotsPerShard }) => slotsPerShard)).toEqual([100, 200]);
});

test("a peer that leaves workflows stuck fails the comparison", async () => {
  const paused = createWorkflowEngine(0);

  const files = await runPeers({
    scenario,
    workflows: 2,
    seed: 1,
    engines: [paused],
  });

  expect(files[0]!.runs[0]!.outcome).toMatchObject({ completed: 0, failed: 0, stuck: 2 });
  expect(didAll(files)).toBe(false);
  expect(renderPeers(files)).toContain("maxParallelism 0");
});

test("a ratio says how many times better the first is, and losses are below 1", () => {
  const own = createRun({ ms: 1_000, rank: 0.5, transactions: 2, conflicts: 0 });
  const peer = createRun({ ms: 4_000, rank: 1, transactions: 1, conflicts: 3 });

  const rows = new Map(compareRuns([own, peer]).map((row) => [row.name, row]));

  expect(rows.get("makespan")!.ratios).toEqual([1, 4]);
  expect(rows.get("steps a second")).toMatchObject({ values: [10, 2.5], ratios: [1, 4] });
  expect(rows.get("rank correlation")!.ratios).toEqual([1, 0.5]);
  expect(rows.get("transactions per step")!.ratios).toEqual([1, 0.5]);
  // Nothing against something is no number of times.
  expect(rows.get("conflicts per step")!.ratios).toEqual([1, null]);
  expect(rows.get("failed workflows")!.ratios).toEqual([1, 1]);
  expect(rows.get("price of 1,000 workflows")!.values[0]).toBeCloseTo(0.6);
  const lines = renderPeers([own, peer].map((run, n) => createFile(`engine ${n}`, run)));
  expect(lines).toContain("4.0 s (4.00)");
  expect(lines).toContain("equal: the deployment");
  expect(lines).toContain("only engine 1: engine 1");
});

/** The results of all steps, in no order. */
async function readAnswers(engine: Engine): Promise<string[]> {
  const fleet = await openFleet({ scenario, seed: 1, engine });
  await drive(fleet, () => undefined);
  await settle(fleet);
  expect(await engine.audit(fleet.convex)).toBe(0);
  const rows = fleet.convex.rows(engine.reader.component, "steps");
  return rows.map((row) => findAnswer(row)).sort();
}

/** Either engine's row of a step: its outcome's value. */
function findAnswer(row: Record<string, unknown>): string {
  const { outcome, step } = row as {
    outcome?: { value: string };
    step?: { runResult: { returnValue: string } };
  };
  return String(outcome?.value ?? step?.runResult.returnValue);
}

type Figures = Record<"ms" | "rank" | "transactions" | "conflicts", number>;

function createRun({ ms, rank, transactions, conflicts }: Figures): RunResult {
  const spread = { count: 1, mean: 1, p50: 1, p90: 1, p99: 1, max: 1 };
  const run = {
    seed: 1,
    setup: { workflows: 10 },
    outcome: { failed: 0, stuck: 0, stepsSettled: 10, attempts: 10 },
    makespan: { ms, createdMs: 1, bounds: [] },
    completion: spread,
    deciles: [],
    rankCorrelation: rank,
    delays: { nextStart: spread, nextRow: spread },
    cost: {
      perStep: { transactions, conflicts, documentsRead: 1, bytesRead: 1 },
      per1000Workflows: { functionCallsUsd: 0.1, bandwidthUsd: 0.2, actionUsd: 0.3 },
    },
  };
  return run as unknown as RunResult;
}

function createFile(engine: string, run: RunResult): ResultFile {
  const file = { scenario: "fixture", engine, runs: [run] };
  return { ...file, modelled: ["the deployment", engine] } as unknown as ResultFile;
}
