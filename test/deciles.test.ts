/**
 * The example app finishes its reviews in the order in which they were started (D11).
 *
 * The app and the official SDK are the real ones; the Messages API is simulated, and time
 * is virtual.
 */
import { convexTest } from "convex-test";
import {
  anyApi,
  type AnyDataModel,
  type FunctionReference,
  type GenericQueryCtx,
} from "convex/server";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  createHaiku,
  createHaikuFetch,
  SIMULATED_API_KEY,
} from "../bench/haiku/index.js";
import { computeDecileMedians, computeRankCorrelation } from "../demo/statistics.js";
import schema from "../example/convex/schema.js";
import type { Doc } from "../src/component/functions.js";
import { register } from "../src/test.js";
import { drive } from "./harness/drive.js";
import { seedChance } from "./harness/chance.js";

/**
 * As many to a decile as there are slots, so that each decile starts when the one before
 * it ends. No more than that: convex-test looks at every row of a table in every query, so
 * a run costs the square of its workflows.
 */
const WORKFLOWS = 200;
const SHARDS = 2;
const SLOTS_PER_SHARD = 10;
/** Drives of the clock before a run counts as stuck. */
const TURNS_MAX = 200_000;
const TIMEOUT_MS = 120_000;
const START = Date.UTC(2026, 0, 1);

const modules = import.meta.glob("../example/convex/**/*.*s");

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

type Start = FunctionReference<"mutation", "public", { documentIds: string[] }, string[]>;
type Add = FunctionReference<
  "mutation",
  "public",
  { title: string; text: string },
  string
>;

/** What convex-test has and does not declare. */
type InComponent<Result> = {
  runInComponent: (
    path: string,
    handler: (ctx: GenericQueryCtx<AnyDataModel>) => Promise<Result>,
  ) => Promise<Result>;
};

/** Reviews documents with the example app and answers the rows it leaves. */
async function reviewDocuments(seed: number) {
  vi.useFakeTimers({ now: START });
  seedChance(seed);
  const api = createHaiku({
    seed,
    overloadedProbability: 0.01,
    dropProbability: 0.01,
  });
  vi.stubGlobal("fetch", createHaikuFetch(api));
  vi.stubEnv("ANTHROPIC_API_KEY", SIMULATED_API_KEY);
  vi.stubEnv("EXECUTOR_SHARDS", String(SHARDS));
  vi.stubEnv("EXECUTOR_SLOTS_PER_SHARD", String(SLOTS_PER_SHARD));
  const t = convexTest(schema, modules);
  register(t);
  const documentIds: string[] = [];
  for (let index = 0; index < WORKFLOWS; index += 1) {
    const document = { title: `Document ${index}`, text: `# Document ${index}\n\nText.` };
    documentIds.push(await t.mutation(anyApi.documents!.add as unknown as Add, document));
  }

  const ids = await t.mutation(anyApi.reviews!.start as unknown as Start, {
    documentIds,
  });
  await drive({ turnsMax: TURNS_MAX });

  const read = async <T>(table: string) =>
    await (t as unknown as InComponent<T[]>).runInComponent(
      "executor",
      async (ctx) => (await ctx.db.query(table).collect()) as T[],
    );
  const { executor } = await import("../example/convex/executor.js");
  const violations = await executor.audit({ runQuery: t.query } as never);
  const workflows = await read<Doc<"workflows">>("workflows");
  const byId = new Map(workflows.map((one) => [one._id as string, one]));
  return {
    inOrder: ids.map((id) => byId.get(id)!),
    violations,
    left: (await read("claims")).length + (await read("taskQueue")).length,
    reviews: await t.run(async (ctx) => await ctx.db.query("reviews").collect()),
    retries: api.stats(),
  };
}

describe("documents reviewed by the example app", () => {
  test.each([1, 2, 3])(
    "are finished in the order of their start, seed %i",
    async (seed) => {
      const { inOrder, violations, left, reviews } = await reviewDocuments(seed);

      expect(violations).toEqual([]);
      expect(left).toBe(0);
      expect(inOrder.filter(({ state }) => state !== "completed")).toEqual([]);
      expect(reviews.filter(({ summary }) => summary).length).toBe(WORKFLOWS);
      const finishedAt = inOrder.map((one) => one.finishedAt! - START);
      const medians = computeDecileMedians(finishedAt);
      const isRising = medians.every((one, index) => one > (medians[index - 1] ?? 0));
      expect(isRising, `medians ${medians.join(", ")}`).toBe(true);
      const order = finishedAt.map((_, index) => index);
      expect(computeRankCorrelation(order, finishedAt)).toBeGreaterThanOrEqual(0.95);
    },
    TIMEOUT_MS,
  );
});
