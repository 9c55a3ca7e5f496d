/** Wide fan-outs are dealt over the seats, and starve nobody (D11). */
import { describe, expect, test } from "vitest";
import { defineSchema, defineTable, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";
import { STEP_DEFINITION } from "../src/shared/model.js";
import { ref, TestApp, type AppOptions } from "./harness/app.js";
import { CUT_AT, type Cuttable } from "./harness/faults.js";
import { delay } from "./harness/work.js";

const FOUR_SEATS = { shards: 4, seats: 4, slotsPerShard: 10 };
const STEP_MS = 100;
const schema = defineSchema({ saved: defineTable({ n: v.number() }) });

function createApp(options: AppOptions = {}) {
  /** Runs of steps: of which workflow, on which seat, when. */
  const runs: { key: string; n: number; attempt: number; at: number }[] = [];
  const app = new TestApp({ ...FOUR_SEATS, schema, ...options }, (executor) => ({
    work: executor.action({
      args: { n: v.number(), fail: v.optional(v.boolean()) },
      handler: async (ctx, { n, fail }) => {
        if (((ctx as Cuttable)[CUT_AT] ?? (() => null))() !== null) await delay(Infinity);
        runs.push({ key: ctx.idempotencyKey, n, attempt: ctx.attempt, at: Date.now() });
        await delay(STEP_MS);
        if (fail) throw Object.assign(new Error(`no ${n}`), { code: "MINE" });
        return n;
      },
    }),
    double: queryGeneric({ handler: async (_ctx, { n }: { n: number }) => n * 2 }),
    save: mutationGeneric({
      handler: async (ctx, { n }: { n: number }) =>
        (await ctx.db.insert("saved", { n })) && n,
    }),
    wide: executor
      .define({ args: { count: v.number() } })
      .handler(async (step, { count }) => {
        const all = Array.from({ length: count }, async (_, n) =>
          step.runAction(ref<"action">("work"), { n }),
        );
        return (await Promise.all(all)) as number[];
      }),
    wideHere: executor
      .define({ args: { count: v.number() } })
      .handler(async (step, { count }) => {
        const all = Array.from({ length: count }, async (_, n) =>
          step.run(`here ${n}`, async ({ idempotencyKey: key, attempt }) => {
            runs.push({ key, n, attempt, at: Date.now() });
            await delay(STEP_MS);
          }),
        );
        await Promise.all(all);
      }),
    mixed: executor.define({}).handler(async (step) => {
      const all = Array.from({ length: 30 }, async (_, n) => {
        if (n % 3 === 0)
          return (await step.runQuery(ref<"query">("double"), { n })) as number;
        if (n % 3 === 1)
          return (await step.runMutation(ref<"mutation">("save"), { n })) as number;
        return await step
          .runAction(ref<"action">("work"), { n, fail: true }, { name: `work ${n}` })
          .catch((error: Error & { code?: string }) => `${error.message} ${error.code}`);
      });
      return await Promise.all(all);
    }),
    small: executor
      .define({})
      .handler(async (step) => await step.runAction(ref<"action">("work"), { n: -1 })),
  }));
  return { app, runs };
}

type Workflow = {
  definition: string;
  shard: number;
  finishedAt: number;
  startedAt: number;
};

describe("a fan-out wider than an executor's share", () => {
  test("uses every seat, and runs each step once under its own key", async () => {
    const { app, runs } = createApp();

    const id = await app.start("wide", { count: 200 });
    await app.run();

    expect((await app.status(id)).result).toEqual(
      Array.from({ length: 200 }, (_, n) => n),
    );
    expect(new Set(runs.map(({ key }) => key)).size).toBe(200);
    expect(runs).toHaveLength(200);
    expect(runs.every(({ key, n }) => key === `${id}/0/${n}`)).toBe(true);
    const children = (await app.rows<Workflow>("workflows")).filter(
      ({ definition }) => definition === STEP_DEFINITION,
    );
    expect(children.length).toBeGreaterThan(150);
    expect(new Set(children.map(({ shard }) => shard)).size).toBe(4);
    // 200 steps on 40 slots are five waves; on one seat they would be twenty.
    const tookMs = runs.at(-1)!.at - runs[0]!.at + STEP_MS;
    expect(tookMs).toBeLessThan(10 * STEP_MS);
  });

  test("of 2,000 steps lets younger workflows finish meanwhile, and older ones first", async () => {
    const { app } = createApp();
    const small = async (count: number) =>
      await app.startMany(
        "small",
        Array.from({ length: count }, () => ({ args: {} })),
      );
    const older = await small(8);
    const wide = await app.start("wide", { count: 2_000 });
    await app.runFor(2 * STEP_MS);
    const now = app.now();
    const younger = await small(8);
    await app.run();

    const end = (await app.status(wide)).finishedAt!;
    for (const id of older) expect((await app.status(id)).finishedAt).toBeLessThan(end);
    const ends = await Promise.all(
      younger.map(async (id) => (await app.status(id)).finishedAt!),
    );
    expect(Math.max(...ends) - now).toBeLessThan((end - now) / 2);
    expect((await app.status(wide)).state).toBe("completed");
  }, 120_000);

  test("gives a dispatched step's own answer or error, whatever it calls", async () => {
    const { app } = createApp({ slotsPerShard: 2, drainMs: 500 });

    const id = await app.start("mixed");
    await app.run();

    expect((await app.status(id)).result).toEqual(
      Array.from({ length: 30 }, (_, n) =>
        n % 3 === 0 ? n * 2 : n % 3 === 1 ? n : `no ${n} MINE`,
      ),
    );
    expect(await app.rows("saved", "")).toHaveLength(10);
  });

  test("replays the same when an executor crashes in the middle", async () => {
    const { app, runs } = createApp();
    const id = await app.start("wide", { count: 100 });
    await app.runUntil(() => runs.length > 50);
    await app.crash(0, 1, 2, 3);

    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    expect((await app.status(id)).result).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    );
    expect(new Set(runs.map(({ key }) => key)).size).toBe(100);
    expect(runs.every(({ attempt }) => attempt <= 2)).toBe(true);
  });

  test("stays in its executor where there is but one seat", async () => {
    const { app } = createApp({ shards: 1, seats: 1 });

    await app.start("wide", { count: 50 });
    await app.run();

    expect(await app.rows("workflows")).toHaveLength(1);
  });
});

describe("a fan-out that cannot be dealt", () => {
  const WIDE = 2_000;

  test.each([
    ["to others, as its steps are inline code", FOUR_SEATS, 40],
    ["as there is one seat", { shards: 1, seats: 1, slotsPerShard: 10 }, 10],
  ])(
    "%s takes every slot while it is alone, and half of them while others wait",
    async (_title, layout, slots) => {
      const { app, runs } = createApp(layout);
      const own = slots === 40 ? slots / 4 : slots;
      const wide = await app.start("wideHere", { count: WIDE });
      const runningAt = (at: number) =>
        runs.filter((run) => run.n >= 0 && run.at <= at && run.at + STEP_MS > at).length;
      await app.runUntil(() => runs.length >= 5 * own);
      expect(runningAt(app.now())).toBe(own);

      const younger = await app.startMany(
        "small",
        Array.from({ length: 50 }, () => ({ args: {} })),
      );
      await app.run();

      expect((await app.status(wide)).state).toBe("completed");
      const short = runs.filter(({ n }) => n === -1);
      expect(short).toHaveLength(50);
      const begun = runs.slice(0, runs.indexOf(short.at(-1)!)).length;
      expect(begun).toBeLessThan(WIDE / 5);
      // In turn with the wide one: it keeps its half, and gets the rest back.
      expect(runningAt(short.at(-1)!.at - 1)).toBeGreaterThanOrEqual(own / 2);
      expect(runningAt(runs.at(-1)!.at - STEP_MS)).toBe(own);
      if (own === slots) {
        const keys = short.map(({ key }) => key.split("/")[0]);
        expect(keys).toEqual(younger);
      }
    },
    120_000,
  );
});
