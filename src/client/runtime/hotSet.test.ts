import { describe, expect, test } from "vitest";
import { HotWorkflow } from "./hot.js";
import { HotSet } from "./hotSet.js";
import { createSandboxWorld } from "./sandbox.js";

/** A workflow that was created at that time; nothing of it runs. */
function makeHot(createdAt: number, workflow = `w${createdAt}`): HotWorkflow {
  const identity = {
    workflow,
    generation: 0,
    definition: "any",
    shard: 0,
    workflowCreatedAt: createdAt,
    queuedAt: createdAt,
    row: `row of ${workflow}`,
  };
  const world = createSandboxWorld({ nowMs: 0, seed: workflow, log: () => {} });
  return new HotWorkflow(identity, world, async () => null, 0, []);
}

function fill(times: readonly number[]): { hots: HotSet; all: HotWorkflow[] } {
  const hots = new HotSet(() => {});
  const all = times.map((time) => makeHot(time));
  for (const hot of all) hots.add(hot);
  return { hots, all };
}

describe("a view of hot workflows", () => {
  test("has those of which something holds, oldest first", () => {
    const { hots, all } = fill([30, 10, 20]);
    const leaving = hots.view(({ isLeaving }) => isLeaving);

    all[0]!.leave();
    all[1]!.leave();

    expect(leaving.list()).toEqual([all[1], all[0]]);
    expect(leaving.size).toBe(2);
  });

  test("looks at those alone that have changed", () => {
    const { hots, all } = fill(Array.from({ length: 100 }, (_, time) => time));
    let looks = 0;
    const leaving = hots.view(({ isLeaving }) => {
      looks += 1;
      return isLeaving;
    });
    leaving.list();
    looks = 0;

    all[50]!.leave();
    for (let look = 0; look < 10; look += 1) leaving.list();

    expect(leaving.list()).toEqual([all[50]]);
    expect(looks).toBe(1);
  });

  test("learns of settlements, of operations, and of the claim", () => {
    const { hots, all } = fill([1]);
    const [hot] = all as [HotWorkflow];
    const turning = hots.view(({ hasTurn }) => hasTurn);
    const pending = hots.view(({ canCommit }) => canCommit);
    const unclaimed = hots.view(({ claim }) => claim === null);
    expect([turning.size, pending.size, unclaimed.size]).toEqual([1, 0, 1]);

    hot.log.push({ op: "claimTask", task: "row", startedAt: 0 });
    hot.startTurn();
    expect([turning.size, pending.size, unclaimed.size]).toEqual([0, 1, 1]);

    hot.acknowledge(1, "claim", 0);
    expect([turning.size, pending.size, unclaimed.size]).toEqual([0, 0, 0]);
  });

  test("lets go of one that is not hot any more, and does not take its successor for it", () => {
    const { hots, all } = fill([1, 2]);
    const [first, second] = all as [HotWorkflow, HotWorkflow];
    const everybody = hots.view(() => true);
    expect(everybody.size).toBe(2);

    hots.delete(first);
    const again = makeHot(3, first.identity.workflow);
    hots.add(again);
    first.stir();

    expect(everybody.list()).toEqual([second, again]);
  });

  test("stays as it was given out while a walk changes the set", () => {
    const { hots, all } = fill([1, 2, 3]);
    const everybody = hots.view(() => true);
    const met: HotWorkflow[] = [];

    for (const hot of everybody.list()) {
      met.push(hot);
      hots.delete(hot);
    }

    expect(met).toEqual(all);
    expect(everybody.list()).toEqual([]);
  });
});

describe("a sum over hot workflows", () => {
  test("counts what they are now, and none that is gone", () => {
    const { hots, all } = fill([1, 2, 3]);
    const operations = hots.sum(({ log }) => log.operations.length);

    for (const { log } of all) log.release(false);
    expect(operations.value).toBe(3);
    expect(hots.ending).toBe(3);

    all[0]!.log.push({ op: "status", value: 1 });
    hots.delete(all[1]!);
    expect(operations.value).toBe(3);
    expect(hots.ending).toBe(2);
  });
});

describe("the bytes of hot workflows", () => {
  test("are at least what the last ones kept in the end", () => {
    const { hots, all } = fill([1, 2, 3]);
    const [first] = all as [HotWorkflow];
    first.held.open("x".repeat(1_000), []);
    first.stir();
    hots.measure();
    const { bytes } = hots;

    hots.delete(first);
    hots.measure();

    expect(bytes).toBe(first.bytes);
    expect(hots.bytes).toBe(2 * first.bytes);
  });
});
