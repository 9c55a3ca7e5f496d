/** The engines do the same work, their figures compare as they should, and a loss fails. */
import { expect, test } from "vitest";
import type { Convex } from "../../sim/index.js";
import { executor } from "../engines/executor.js";
import { createWorkflowEngine, WORKFLOW_ENGINES } from "../engines/workflow.js";
import type { Engine } from "../engines/engine.js";
import { drive, openFleet, settle } from "../fleet.js";
import { buildFile } from "../report/testing.js";
import { haiku } from "../scenarios/haiku.js";
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

test("the table has every metric of all engines, and losses are below 1", () => {
  const seeds = [1];
  const own = buildFile({ modelled: ["the deployment"] }, { seeds });
  const peers = [4, 0.5].map((slowness) => {
    const engine = `peer ${slowness}`;
    return buildFile(
      { engine, modelled: ["the deployment", engine] },
      { seeds, slowness },
    );
  });

  const lines = renderPeers([own, ...peers]).split("\n");

  const find = (name: string) => lines.find((line) => line.includes(name));
  expect(find("bytes read per step")).toMatch(/3.1 KiB .*12.5 KiB \(4×\).*\(0.5×\)/);
  expect(find("price in all of 1,000 workflows")).toBeDefined();
  expect(find("failed workflows")).toMatch(/0 +│ 0 \(1×\)/);
  expect(find("equal:")).toBe("equal: the deployment");
  expect(find("only peer 4:")).toBe("only peer 4: peer 4");
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
