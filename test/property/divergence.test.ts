/** Handlers that are not deterministic: the negative control of the replay property. */
import { describe, expect, test } from "vitest";
import type { StepContext } from "../../src/client/index.js";
import { TestApp } from "../harness/app.js";

/** Module state: what no replay can restore. */
let runs = 0;

/** Runs a handler up to its second step, makes it cold there, and lets it be taken up. */
async function replayOnce(handler: (step: StepContext) => Promise<unknown>) {
  runs = 0;
  const app = new TestApp({}, (executor) => ({
    main: executor.define({ args: {} }).handler(handler),
  }));
  const id = await app.start("main");
  await app.runUntil(async () => (await app.steps(id)).page.length >= 2);
  await app.operate("bumpEpoch", { restart: true });
  await app.run();
  return { app, status: await app.status(id), steps: (await app.steps(id)).page };
}

describe("a handler that branches on module state", () => {
  test("is parked when it asks for another step, and the message names both", async () => {
    const { status, steps } = await replayOnce(async (step) => {
      runs += 1;
      await step.run(`run ${runs}`, () => runs);
      await step.sleep(1_000);
    });

    expect(status).toMatchObject({ state: "parked", error: { code: "NONDETERMINISM" } });
    expect(status.error?.message).toContain(
      'step 0 is "run 1" (run) in the journal, but the handler asked for it as "run 2" (run)',
    );
    expect(steps.map(({ name }) => name)).toEqual(["run 1", "sleep"]);
  });

  test("is parked when it leaves steps out", async () => {
    const { status, steps } = await replayOnce(async (step) => {
      runs += 1;
      await step.run("first", () => 1);
      if (runs === 1) await step.sleep(1_000);
    });

    expect(status).toMatchObject({ state: "parked", error: { code: "NONDETERMINISM" } });
    expect(status.error?.message).toContain("the journal has 2 steps");
    expect(steps.map(({ name }) => name)).toEqual(["first", "sleep"]);
  });

  test("is parked with its journal as it was, whatever else it asked for", async () => {
    const { status, steps } = await replayOnce(async (step) => {
      runs += 1;
      if (runs > 1) await Promise.race([step.run("new", () => 1), step.sleep(5)]);
      await step.run("first", () => 1);
      await Promise.all([step.sleep(1_000), step.run("third", () => 1)]);
    });

    expect(status).toMatchObject({ state: "parked", error: { code: "NONDETERMINISM" } });
    expect(steps.map(({ name }) => name)).toEqual(["first", "sleep", "third"]);
  });
});
