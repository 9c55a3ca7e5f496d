/**
 * An executor lives within the heap that the platform gives an action (P14).
 *
 * The executor runs alone in a worker with an old space of 64 MB; the deployment is the
 * parent's, whose store would else be counted too. In the machine's time.
 */
import { Worker } from "node:worker_threads";
import {
  componentsGeneric,
  createFunctionHandle,
  defineSchema,
  internalActionGeneric,
  makeFunctionReference,
} from "convex/server";
import { describe, expect, test } from "vitest";
import { RealClock, type Convex } from "../../sim/index.js";
import { HOT_BYTES_MAX, KiB, SECOND } from "../../src/shared/constants.js";
import { vEntryArgs, type EntryArgs } from "../../src/shared/model.js";
import { deploy } from "../harness/deployment.js";
import type { Call, WorkerInput } from "./names.js";

/** Megabytes of old space: the platform's heap. */
const HEAP_MB = 64;
const SLOTS = 50;

type Component = Record<string, Record<string, unknown>>;
type CallFunction = (reference: unknown, args: unknown) => Promise<unknown>;
const component = componentsGeneric().executor as unknown as Component;

/** Loads TypeScript in a worker, which inherits no loader. */
const BOOT = `
  import("tsx/esm/api").then(({ register }) => {
    register();
    return import(${JSON.stringify(new URL("./executor.worker.ts", import.meta.url).href)});
  });
`;

/** Runs `count` workflows on one executor in a worker, and says what became of them. */
async function runInWorker(count: number, input: WorkerInput) {
  const seen: Seen = {
    claimsMax: 0,
    claimsLater: 0,
    begunMax: 0,
    coldMax: 0,
    exitCode: NaN,
  };
  const run = internalActionGeneric({
    args: vEntryArgs.fields,
    handler: async (_ctx, self: EntryArgs) => {
      seen.exitCode = await serve(convex, self, input, seen);
      if (seen.exitCode !== 0) throw new Error("The executor's worker died.");
    },
  });
  const convex: Convex = await deploy(
    { schema: defineSchema({}), modules: { "shards.ts": { run } } },
    new RealClock(),
    { class: "d1024", latency: "none" },
  );
  const layout = { shards: 1, seats: 1, slotsPerShard: SLOTS };
  const entry = await convex.run("", async () =>
    createFunctionHandle(makeFunctionReference<"action">("shards:run") as never),
  );
  const items = Array.from({ length: count }, () => ({ args: {} }));
  const start = { definition: "app:main", items, layout: { ...layout, entry } };
  await caller(convex).mutation(component.workflows!.start, start);
  await convex.runUntilIdle();
  const states = convex
    .rows<{ state: string }>("executor", "workflows")
    .map(({ state }) => state);
  return { ...seen, states: [...new Set(states)] };
}

/** What is seen of an executor from outside. */
type Seen = {
  claimsMax: number;
  /** Claims at once after the first wave, while there is more to claim. */
  claimsLater: number;
  /** Workflows at once that have begun and not ended, and of these that nobody holds. */
  begunMax: number;
  coldMax: number;
  exitCode: number;
};

/** A deployment whose functions are known by name alone. */
function caller(convex: Convex): Record<"query" | "mutation", CallFunction> {
  return convex as never;
}

/** Answers an executor's calls until it has ended; its exit code. */
async function serve(
  convex: Convex,
  self: EntryArgs,
  input: WorkerInput,
  seen: Seen,
): Promise<number> {
  const worker = new Worker(BOOT, {
    eval: true,
    workerData: { ...input, self },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  const answer = async ({ id, name, args }: Call) => {
    if (name === "over") return void (await worker.terminate());
    const [module, fn] = name.split(":") as [string, string];
    const kind = QUERIES.includes(fn) ? "query" : "mutation";
    try {
      const value = await caller(convex)[kind](component[module]![fn], args);
      const claims = convex.rows("executor", "claims").length;
      seen.claimsMax = Math.max(seen.claimsMax, claims);
      const begun = countBegun(convex);
      seen.begunMax = Math.max(seen.begunMax, begun);
      seen.coldMax = Math.max(seen.coldMax, begun - claims);
      // What answers are like is known once the first wave is through.
      const left = convex.rows("executor", "taskQueue").length;
      if (left > 0 && convex.rows("executor", "steps").length > 2 * SLOTS * input.steps)
        seen.claimsLater = Math.max(seen.claimsLater, claims);
      worker.postMessage({ id, value });
    } catch (error) {
      worker.postMessage({ id, error: (error as Error).message });
    }
  };
  worker.on("message", (call: Call) => void answer(call));
  return await new Promise<number>((resolve) => {
    let isOver = false;
    worker.on("message", ({ name }: Call) => (isOver ||= name === "over"));
    worker.on("error", () => resolve(1));
    worker.on("exit", (code) => resolve(isOver ? 0 : code));
  });
}

function countBegun(convex: Convex): number {
  const workflows = convex.rows<{ state: string }>("executor", "workflows");
  return workflows.filter(({ state }) => state === "running").length;
}

const QUERIES = ["scan", "journals", "settled", "parked", "agenda"];

describe("an executor in 64 MB", () => {
  test("survives fifty slots of 32 KB responses", async () => {
    const run = await runInWorker(200, { bytes: 32 * KiB, steps: 4, stepMs: 20 });

    expect(run).toMatchObject({ exitCode: 0, states: ["completed"] });
    expect(run.claimsMax).toBe(SLOTS);
  });

  test("claims less of what answers 400 KB, and survives too", async () => {
    const bytes = 400 * KiB;
    const run = await runInWorker(150, { bytes, steps: 2, stepMs: 20 });

    expect(run).toMatchObject({ exitCode: 0, states: ["completed"] });
    // Each comes to hold two answers, and expects another meanwhile.
    expect(run.claimsLater).toBeGreaterThan(8);
    expect(run.claimsLater).toBeLessThanOrEqual(HOT_BYTES_MAX / bytes / 2);
  });

  test("lets go of what sleeps with 512 KB in hand, so that others run meanwhile", async () => {
    const input = { bytes: 64 * KiB, steps: 8, stepMs: 5, sleepMs: 8 * SECOND };
    const run = await runInWorker(80, input);

    expect(run).toMatchObject({ exitCode: 0, states: ["completed"] });
    // Kept in memory, no more than this sleep at a time, and none of them cold.
    const fit = HOT_BYTES_MAX / (input.bytes * input.steps);
    expect(run.begunMax).toBeGreaterThan(fit);
    expect(run.coldMax).toBeGreaterThan(fit / 4);
  }, 180_000);
});
