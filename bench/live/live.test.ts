/**
 * The live run end to end, against a stand-in of the function API on the loopback whose
 * functions run on the embedded Convex. Virtual time: nothing here waits or is timed.
 */
import { internalActionGeneric, makeFunctionReference } from "convex/server";
import { v } from "convex/values";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Convex, Deployable } from "../../sim/index.js";
import { parseResultFile } from "../report/read.js";
import { renderReport } from "../report/html.js";
import { loadAssets } from "../report/assets.js";
import type { ResultFile } from "../result.js";
import {
  openLive,
  operate,
  runOn,
  setExampleEnvironment,
  withEnvironment,
  without,
  type Changes,
  type LiveDeployment,
  type Ran,
} from "./testing.js";

const environment = { ...process.env };
let live: LiveDeployment;

async function open(changes: Changes = {}): Promise<LiveDeployment> {
  live = await openLive(changes);
  return live;
}

beforeAll(() => {
  setExampleEnvironment();
});

afterEach(async () => {
  await live.close();
});

afterAll(() => {
  process.env = environment;
});

function fileOf({ result, error }: Ran): ResultFile {
  if (result?.kind !== "done") throw new Error(error ?? `ended as ${result?.kind}`);
  return result.file;
}

const stateOf = (convex: Convex) =>
  convex.rows("executor", "workflows").map(({ state }) => state);

describe("a run", () => {
  test("40 workflows, start to report", async () => {
    const { convex, api } = await open();

    const ran = await runOn(live);

    const file = fileOf(ran);
    const [run] = file.runs;
    expect(stateOf(convex)).toEqual(new Array(40).fill("completed"));
    expect(file).toMatchObject({ scenario: "haiku-live", engine: "convex-executor" });
    expect(run!.outcome).toMatchObject({
      completed: 40,
      failed: 0,
      stuck: 0,
      stepsSettled: 160,
      violations: 0,
    });
    expect(run!.outcome.attempts).toBe(api.stats().requests);
    expect(run!.setup).toMatchObject({ class: "s16", seats: 2, ratePerMinute: 2_000 });
    expect(run!.makespan.bounds.map(({ name }) => name)).toEqual([
      "oracle",
      "oracleAsCreated",
      "slotSeconds",
      "apiRate",
    ]);
    for (const { ratio } of run!.makespan.bounds) expect(ratio).toBeGreaterThan(1);
    const whole = run!.breakdown.reduce((sum, { mean }) => sum + mean, 0);
    expect(whole).toBeCloseTo(run!.completion.mean, 1);
    expect(run!.extra.outputTokens).toBeGreaterThan(0);
  });

  test("what is not known is null, and shown as not measured", async () => {
    await open();

    const ran = await runOn(live);

    const file = fileOf(ran);
    const { cost, cpu, accountedBytes, digest, api } = file.runs[0]!;
    expect([cost, cpu, accountedBytes, digest, api]).toEqual(new Array(5).fill(null));
    const again = parseResultFile(JSON.stringify(file), "live.json");
    const page = renderReport([again], loadAssets());
    expect(page.split("<h4>Not measured</h4>")[1]).toMatch(/^\W*<ul>\W*<li>transactions/);
    expect(ran.text).toMatch(/per step\W+not measured/);
  });

  test("its key stays out of everything that is printed and written", async () => {
    await open();

    const ran = await runOn(live);

    expect(ran.text + JSON.stringify(ran.result)).not.toContain(live.target.adminKey);
    expect(JSON.stringify(fileOf(ran))).not.toContain(live.target.url);
  });

  test("calls that nobody answers are made again, and start nothing twice", async () => {
    let lost = 0;
    const { convex } = await open({
      onCall: async (name, args) => {
        if (lost > 0 || name !== "bench:start") return;
        lost += 1;
        // It is committed, and the answer is lost.
        await live.convex.mutation(makeFunctionReference<"mutation">(name), args);
        throw Object.assign(new Error("the backend restarts"), { status: 503 });
      },
    });

    const ran = await runOn(live);

    expect(lost).toBe(1);
    expect(fileOf(ran).runs[0]!.outcome.completed).toBe(40);
    expect(stateOf(convex)).toHaveLength(40);
  });

  test("workflows that fail are counted, and miss a criterion", async () => {
    await open({
      deployable: withEnvironment({ ...SETTINGS, ANTHROPIC_API_KEY: "old" }),
    });

    const file = fileOf(await runOn(live, { options: { workflows: 3 } }));

    expect(file.runs[0]!.outcome).toMatchObject({ completed: 0, failed: 3 });
    expect(file.runs[0]!.outcome.firstError).toContain("401");
    expect(file.criteria[0]).toMatchObject({ name: "failed workflows", holds: false });
  });

  test("a run in which nothing moves ends as stuck", async () => {
    await open({
      onCall: async (name) => {
        if (name === "bench:start") live.convex.setPaused(true);
      },
    });

    const ran = await runOn(live, { options: { workflows: 3 } });

    expect(ran.text).toContain("Nothing has moved for long");
    expect(fileOf(ran).runs[0]!.outcome).toMatchObject({ completed: 0, stuck: 3 });
  });
});

describe("before money is spent", () => {
  test("it prints calls, tokens and the price, and asks", async () => {
    await open();

    const ran = await runOn(live, { options: { isAgreed: false }, answer: false });

    expect(ran.result).toEqual({ kind: "declined" });
    expect(ran.text).toMatch(/class s16: 2 executors of 8 scheduler slots/);
    expect(ran.text).toMatch(/40 workflows make 160 calls/);
    expect(ran.text).toMatch(/input and .* output tokens/);
    expect(ran.text).toMatch(/API about \$0\.\d+, at most \$0\.\d+/);
    expect(ran.text).toMatch(/Spend this\?$/);
    expect(live.calls).not.toContain("bench:start");
    expect(live.api.stats().requests).toBe(0);
  });

  test("with nobody to ask it refuses, unless it was told --yes", async () => {
    await open();

    const ran = await runOn(live, { options: { isAgreed: false } });

    expect(ran.error).toMatch(/no terminal to ask.*--yes/);
    expect(live.calls).not.toContain("bench:start");
  });
});

describe("stopped and resumed", () => {
  test("Ctrl-C stops the executors, and the run goes on where it was", async () => {
    const { convex, api } = await open();
    const controller = new AbortController();

    const stopped = await runOn(live, {
      signal: controller.signal,
      onProgress: ({ finished }) => {
        if (finished > 0) controller.abort();
      },
    });
    await convex.runUntilIdle();

    expect(stopped.result).toEqual({ kind: "stopped" });
    const id = /--live --resume (haiku-40-\w+)/.exec(stopped.text)![1]!;
    const before = stateOf(convex).filter((state) => state === "completed").length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(40);
    expect(convex.scheduler.running).toBe(0);

    const refused = await runOn(live);
    expect(refused.error).toMatch(/workflows or more wait or run there.*--resume/);

    const file = fileOf(await runOn(live, { options: { resume: id } }));
    expect(file.runs[0]!.outcome).toMatchObject({ completed: 40, violations: 0 });
    expect(stateOf(convex)).toHaveLength(40);
    // An attempt that was counted and not begun when its executor left cost no request.
    const { requests } = api.stats();
    expect(requests).toBeGreaterThanOrEqual(160);
    expect(requests).toBeLessThanOrEqual(file.runs[0]!.outcome.attempts);
    expect(file.modelled.at(-1)).toContain("stopped and resumed");
  });

  test("stopped before anything was started there: nothing is started, nothing fails", async () => {
    await open();

    const ran = await runOn(live, { signal: AbortSignal.abort() });

    expect(ran.result).toEqual({ kind: "stopped" });
    expect(stateOf(live.convex)).toEqual([]);
  });

  test("a name that is none is refused", async () => {
    await open();

    const ran = await runOn(live, { options: { resume: "yesterday" } });

    expect(ran.error).toMatch(/--resume is "yesterday", which names no run/);
    expect(live.calls).toEqual([]);
  });
});

describe("a deployment that is not fit", () => {
  test("a wrong key", async () => {
    await open();

    const ran = await runOn(live, { target: { adminKey: "wrong" } });

    expect(ran.error).toMatch(/does not accept the admin key \(403: .*deploy key/);
    expect(ran.error).not.toContain("wrong");
  });

  test("nobody there", async () => {
    await open();
    await live.close();

    const ran = await runOn(live);

    expect(ran.error).toMatch(/^http:\S+ does not answer \(ECONNREFUSED\)/);
  });

  test("it goes away while the run goes on: says how to go on, and how to stop", async () => {
    await open({
      onCall: async (name) => {
        if (name === "bench:look") await live.close();
      },
    });

    const ran = await runOn(live);

    expect(ran.error).toMatch(/does not answer/);
    expect(ran.error).toMatch(/may go on without this program.*--resume haiku-40-/);
    expect(ran.error).toMatch(/operators:bumpEpoch/);
  });

  test("without the benchmark's functions: names them, and what to deploy", async () => {
    await open({ deployable: without("bench.ts") });

    const ran = await runOn(live);

    expect(ran.error).toMatch(/has no function bench:describe .*\n.*npx convex dev/);
  });

  test("a function's own error is told as it is", async () => {
    const message = "Uncaught Error: the page was not found";
    await open({
      onCall: (name) => {
        if (name === "bench:start") throw new Error(message);
      },
    });

    const ran = await runOn(live);

    expect(ran.error).toMatch(new RegExp(`^bench:start: ${message}`));
  });

  test("without the component", async () => {
    await open({ deployable: ({ app }) => ({ app }) });

    const ran = await runOn(live);

    expect(ran.error).toMatch(
      /no function operators:diagnose of the component "executor"/,
    );
  });

  test("without a key of the API, and a limit", async () => {
    await open({ deployable: withEnvironment({}) });

    const ran = await runOn(live);

    expect(ran.error).toMatch(/ANTHROPIC_API_KEY is not set/);
    expect(ran.error).toMatch(/ANTHROPIC_REQUESTS_PER_MINUTE is not set/);
  });

  test("S16, most of whose scheduler slots are taken", async () => {
    await open({ deployable: withLongJobs });
    const { convex } = live;
    await convex.run("", async ({ scheduler }) => {
      for (let job = 0; job < 4; job += 1) await scheduler.runAfter(0, WAIT, {});
    });
    await convex.runFor(1_000);

    const ran = await runOn(live);

    expect(ran.error).toMatch(
      /class s16 runs 8 scheduled functions at once and 4 of the app's own run now; 2 executors need 5/,
    );
    expect(live.calls).not.toContain("bench:start");
  });

  test("with the benchmark's definition paused", async () => {
    await open();
    await runOn(live, { options: { workflows: 1 } });
    await operate(live.convex, "operators:pause", { definition: "bench:main" });

    const ran = await runOn(live);

    expect(ran.error).toMatch(/bench:main is paused: .*operators:resume/);
  });
});

const SETTINGS = { ANTHROPIC_REQUESTS_PER_MINUTE: "2000", EXECUTOR_SHARDS: "4" };
const WAIT = makeFunctionReference<"action">("jobs:wait");

/** The example with an action of its own that takes ten minutes. */
function withLongJobs({ app, ...rest }: Deployable): Deployable {
  const wait = internalActionGeneric({
    args: {},
    returns: v.null(),
    handler: async () => {
      await new Promise((resolve) => setTimeout(resolve, 600_000));
      return null;
    },
  });
  return { ...rest, app: { ...app, modules: { ...app.modules, "./jobs.ts": { wait } } } };
}
