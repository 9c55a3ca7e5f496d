// @vitest-environment node
/** The live run against a stand-in on the loopback, whose functions convex-test or the faithful profile runs. */
import { convexTest } from "convex-test";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { Deployment } from "../target.js";
import { createConvexTestTarget } from "../targets/convexTest.js";
import { faithfulTarget } from "../targets/faithful.js";
import { main } from "./main.js";
import { readLiveOptions } from "./options.js";
import { runLive } from "./run.js";
import { serve, type StandIn } from "./standIn.js";
import { createLiveTarget } from "./target.js";

const ADMIN_KEY = "stand-in|key";

let deployment: Deployment;
let standIn: StandIn;

beforeEach(async () => {
  const target = createConvexTestTarget("convex-test", convexTest);
  deployment = await target.deploy({ enforcesLimits: true });
  standIn = await serve(deployment, ADMIN_KEY);
});

afterEach(async () => {
  await standIn.close();
  await deployment.dispose();
});

async function runMain(...args: string[]) {
  const lines: string[] = [];
  const exitCode = await main(["--live", ...args], (line) => lines.push(line));
  return { exitCode, text: lines.join("\n") };
}

describe("the command", () => {
  test("without a URL: says so, and how to call it", async () => {
    const { exitCode, text } = await runMain("--admin-key", ADMIN_KEY);

    expect(exitCode).toBe(1);
    expect(text).toMatch(/^--url is missing[\s\S]*npm run conformance -- --live/);
  });

  test("without a key: says so", async () => {
    expect((await runMain("--url", standIn.url)).text).toMatch(/^--admin-key is missing/);
  });

  test("with what is no URL: says so", async () => {
    const { text } = await runMain("--url", "nonsense", "--admin-key", ADMIN_KEY);

    expect(text).toMatch(/^--url is no URL: "nonsense"/);
  });

  test("with a wrong key: names the deployment", async () => {
    const { text } = await runMain("--url", standIn.url, "--admin-key", "wrong");

    expect(text).toMatch(/^The admin key is not one of http/);
  });

  test("without the app on the deployment: says to push it", async () => {
    deployment.query = () => Promise.reject(new Error("Could not find public function"));

    const { text } = await runMain("--url", standIn.url, "--admin-key", ADMIN_KEY);

    expect(text).toMatch(
      /^The conformance app is not on http.*push test\/conformance\/app/,
    );
  });

  test("where nobody answers: says so", async () => {
    await standIn.close();

    const { text } = await runMain("--url", standIn.url, "--admin-key", ADMIN_KEY);

    expect(text).toMatch(/^The deployment at http.* cannot be reached/);
  });

  test("a failing case makes the exit code 1, and a passing subject makes it 0", async () => {
    const options = ["--url", standIn.url, "--admin-key", ADMIN_KEY, "--only"];

    const failing = await runMain(...options, "transactions/depth");
    const passing = await runMain(...options, "reading/");

    expect(failing).toEqual({
      exitCode: 1,
      text: expect.stringMatching(/FAIL {2}transactions\/depth[\s\S]*0 passed, 1 failed/),
    });
    expect(passing).toEqual({
      exitCode: 0,
      text: expect.stringMatching(/8 passed, 0 failed, 0 not applicable$/),
    });
  });

  test("a URL may end in a slash", () => {
    const args = ["--live", "--url", "https://a.invalid/", "--admin-key", "k"];

    expect(readLiveOptions(args)).toEqual({
      url: "https://a.invalid",
      adminKey: "k",
      only: "",
    });
  });
});

describe("the cases, on the faithful profile", () => {
  test("by HTTP they show what they show in the process", async () => {
    const faithful = await faithfulTarget.deploy({});
    const server = await serve(faithful, ADMIN_KEY);
    const target = createLiveTarget({
      url: server.url,
      adminKey: ADMIN_KEY,
      name: "faithful",
      wait: async (ms) => await faithful.advance(ms),
    });

    const { passed, failed, inapplicable } = await runLive(target, {
      only: "",
      tell: () => undefined,
    });
    await server.close();

    expect(failed.map(({ id, message }) => `${id}: ${message}`)).toEqual([]);
    expect(passed.length).toBeGreaterThan(inapplicable.length);
  });
});

describe("the cases, on convex-test", () => {
  test("by HTTP they show what they show in the process", async () => {
    const target = createLiveTarget({
      url: standIn.url,
      adminKey: ADMIN_KEY,
      name: "convex-test",
      wait: async (ms) => await deployment.advance(ms),
    });

    const { passed, failed, inapplicable } = await runLive(target, {
      only: "",
      tell: () => undefined,
    });

    // Deployments enforce their limits, and so does the one behind this stand-in.
    expect(failed.map(({ id }) => id)).toEqual(["limits/enforcedByDefault"]);
    expect(passed.length).toBeGreaterThan(inapplicable.length);
  });

  test("a scheduled function that never ends is given up", async () => {
    const target = createLiveTarget({
      url: standIn.url,
      adminKey: ADMIN_KEY,
      wait: async () => undefined,
    });
    const live = await target.deploy({});
    const args = { label: "later" };
    await live.mutation("jobs:schedule", { name: "record", args, delayMs: 3_600_000 });

    await expect(live.settle()).rejects.toThrow(/1 scheduled functions have not ended/);
  });
});
