/**
 * The example app finishes its reviews in the order in which they were started (D11).
 *
 * The app and the official SDK are the real ones; the Messages API is simulated, and time
 * is virtual.
 */
import { anyApi, type FunctionReference } from "convex/server";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  createHaiku,
  createHaikuFetch,
  SIMULATED_API_KEY,
  type Clock,
} from "../bench/haiku/index.js";
import { computeDecileMedians, computeRankCorrelation } from "../demo/statistics.js";
import schema from "../example/convex/schema.js";
import { VirtualClock } from "../sim/index.js";
import type { Doc } from "../src/component/functions.js";
import { deploy, EXECUTOR } from "./harness/deployment.js";

/** As many to a decile as there are slots: each decile starts when the one before it ends. */
const WORKFLOWS = 200;
const SHARDS = 2;
const SLOTS_PER_SHARD = 10;

const modules = import.meta.glob("../example/convex/**/*.*s");

afterEach(() => vi.unstubAllEnvs());

type Start = FunctionReference<"mutation", "public", { documentIds: string[] }, string[]>;
type Add = FunctionReference<
  "mutation",
  "public",
  { title: string; text: string },
  string
>;

/** Reviews documents with the example app and answers the rows it leaves. */
async function reviewDocuments(seed: number) {
  const clock = new VirtualClock();
  const faults = { seed, overloadedProbability: 0.01, dropProbability: 0.01 };
  const api = createHaiku(faults, toHaikuClock(clock));
  vi.stubEnv("EXECUTOR_SHARDS", String(SHARDS));
  vi.stubEnv("EXECUTOR_SLOTS_PER_SHARD", String(SLOTS_PER_SHARD));
  const env = { ANTHROPIC_API_KEY: SIMULATED_API_KEY };
  const options = { seed, fetch: createHaikuFetch(api) };
  const convex = await deploy({ schema, modules, env }, clock, options);
  const documentIds: string[] = [];
  for (let index = 0; index < WORKFLOWS; index += 1) {
    const document = { title: `Document ${index}`, text: `# Document ${index}\n\nText.` };
    documentIds.push(
      await convex.mutation(anyApi.documents!.add as unknown as Add, document),
    );
  }

  const startedAt = clock.now();
  const start = anyApi.reviews!.start as unknown as Start;
  const ids = await convex.mutation(start, { documentIds });
  await convex.runUntilIdle();

  const { executor } = await import("../example/convex/executor.js");
  const runQuery = convex.query.bind(convex);
  const violations = await executor.audit({ runQuery } as never);
  const workflows = convex.rows<Doc<"workflows">>(EXECUTOR, "workflows");
  const byId = new Map(workflows.map((one) => [one._id as string, one]));
  const left = ["claims", "taskQueue"].flatMap((table) => convex.rows(EXECUTOR, table));
  return {
    inOrder: ids.map((id) => byId.get(id)!),
    startedAt,
    violations,
    left,
    reviews: convex.rows<{ summary?: string }>("", "reviews"),
  };
}

/** Virtual time for the simulated API, which knows no deployment. */
function toHaikuClock(clock: VirtualClock): Clock {
  return {
    now: () => clock.now(),
    sleep: async (ms, signal) => {
      await new Promise<void>((resolve, reject) => {
        const timer = clock.after(ms, resolve);
        signal?.addEventListener("abort", () => {
          clock.cancel(timer);
          reject(signal.reason as Error);
        });
      });
    },
  };
}

describe("documents reviewed by the example app", () => {
  test.each([1, 2, 3])(
    "are finished in the order of their start, seed %i",
    async (seed) => {
      const { inOrder, startedAt, violations, left, reviews } =
        await reviewDocuments(seed);

      expect(violations).toEqual([]);
      expect(left).toEqual([]);
      expect(inOrder.filter(({ state }) => state !== "completed")).toEqual([]);
      expect(reviews.filter(({ summary }) => summary).length).toBe(WORKFLOWS);
      const finishedAt = inOrder.map((one) => one.finishedAt! - startedAt);
      const medians = computeDecileMedians(finishedAt);
      const isRising = medians.every((one, index) => one > (medians[index - 1] ?? 0));
      expect(isRising, `medians ${medians.join(", ")}`).toBe(true);
      const order = finishedAt.map((_, index) => index);
      expect(computeRankCorrelation(order, finishedAt)).toBeGreaterThanOrEqual(0.95);
    },
  );
});
