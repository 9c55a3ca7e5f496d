/** A rejection that the engine can see never ends an executor, whoever forgot it (P14). */
import { describe, expect, test } from "vitest";
import type { StepContext } from "../src/client/index.js";
import { TestApp, type AppOptions } from "./harness/app.js";
import { EXECUTOR } from "./harness/deployment.js";

const fails = async () => {
  await Promise.resolve();
  throw new Error("nobody handles this");
};

type Job = { name: string; state: { kind: string } };

/** What handlers forget, and still end well. */
const FORGOTTEN: Record<string, (step: StepContext) => unknown> = {
  "a failed step that lost its race": async (step) =>
    await Promise.race([step.run("fails", fails), step.run("quick", () => 1)]).catch(
      () => 1,
    ),
  "what follows from a failed step": async (step) => {
    void step.run("fails", fails).then(() => "never");
    return await step.run("later", () => 1);
  },
  "an exception in what follows from a step": async (step) => {
    void step.run("quick", () => 1).then(fails);
    return await step.run("later", () => 1);
  },
  "the end of a failed step": async (step) => {
    void step.run("fails", fails).finally(() => undefined);
    return await step.run("later", () => 1);
  },
  "what follows from a refused step": async (step) => {
    void step.run("", () => 1).then(() => "never");
    return await step.run("later", () => 1);
  },
  "a body that fails after its timeout": async (step) => {
    const late = async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      throw new Error("late");
    };
    await step.run("late", late, { timeoutMs: 10 }).catch(() => undefined);
    return await step.run(
      "later",
      async () => await new Promise<number>((go) => setTimeout(go, 50, 1)),
    );
  },
};

function createApp(name: string, options: AppOptions = {}) {
  return new TestApp(options, (executor) => ({
    main: executor.define({}).handler(async (step) => await FORGOTTEN[name]!(step)),
    neighbor: executor.define({}).handler(async (step) => {
      // eslint-disable-next-line no-console -- the log under test is where this goes
      console.log("a line");
      return await step.run(
        "slow",
        async () => await new Promise<number>((go) => setTimeout(go, 200, 2)),
      );
    }),
  }));
}

async function expectUnharmed(app: TestApp) {
  const id = await app.start("main");
  const neighbor = await app.start("neighbor");
  await app.run();

  expect(await app.status(id)).toMatchObject({ state: "completed", result: 1 });
  expect(await app.status(neighbor)).toMatchObject({ state: "completed", result: 2 });
  const jobs = await app.rows<Job>("_scheduled_functions", EXECUTOR);
  // The last run of the watchdog is called off when everything is idle; all else succeeds.
  const rest = jobs.filter(({ name }) => !name.includes("watching"));
  expect(rest.map(({ state }) => state.kind)).toEqual(rest.map(() => "success"));
  expect(app.faults.incarnations.length).toBe(rest.length);
}

describe("an executor outlives", () => {
  test.each(Object.keys(FORGOTTEN))("%s", async (name) => {
    await expectUnharmed(createApp(name, { shards: 1 }));
  });

  test.each([
    ["throws", () => fail()],
    ["rejects", async () => await fails()],
  ])("a log that %s", async (_how, log) => {
    await expectUnharmed(
      createApp("the end of a failed step", { shards: 1, log: log as () => void }),
    );
  });
});

function fail(): never {
  throw new Error("no room");
}
