/** With everything going wrong: a mutation's job has its effect once, an action at most once. */
import { actionGeneric, mutationGeneric } from "convex/server";
import { describe, expect, test } from "vitest";
import type { FaultOptions } from "../faults/options.js";
import type { Convex } from "../index.js";
import { action, jobsOf, mutation, openApp, sleep, textsOf } from "./testApp.js";

const JOBS = 12;
const SEEDS = Array.from({ length: 24 }, (_, index) => index + 1);

const faultsOf = (seed: number): FaultOptions => ({
  conflict: { probability: 0.2 },
  commitLost: { probability: 0.1 },
  commitUnheard: { probability: 0.1 },
  permit: { probability: 0.05 },
  overload: { probability: 0.05 },
  crash: { probability: 0.02 },
  restart: { meanIntervalMs: 150, count: 8 },
  schedulerStall: { meanIntervalMs: 1_000, count: 2 },
  pause: { meanIntervalMs: 1_000, count: 2 },
  clockJump: { meanIntervalMs: 1_000, count: 2, ms: seed % 3 === 0 ? 60_000 : -60_000 },
});

/** The outcome of a call is often unknown; the rows are not. */
async function start(convex: Convex): Promise<void> {
  while (jobsOf(convex).length === 0) {
    await convex.mutation(mutation("start")).catch(() => undefined);
  }
  await convex.runUntilIdle();
}

describe.each(SEEDS)("seed %i", (seed) => {
  test("runs each job as often as it may", async () => {
    const begun: string[] = [];
    const convex = await openApp(
      {
        once: mutationGeneric(async (ctx, { text }: { text: string }) => {
          await ctx.db.query("notes").collect();
          await ctx.db.insert("notes", { text });
        }),
        atMostOnce: actionGeneric(async (ctx, { text }: { text: string }) => {
          begun.push(text);
          await sleep(50);
          await ctx.runMutation(mutation("add"), { text });
          await sleep(50);
        }),
        start: mutationGeneric(async (ctx) => {
          for (let job = 0; job < JOBS; job += 1) {
            const text = String(job);
            await ctx.scheduler.runAfter(job * 20, mutation("once"), { text });
            await ctx.scheduler.runAfter(job * 15, action("atMostOnce"), {
              text: `a${text}`,
            });
          }
        }),
      },
      {
        seed,
        latency: seed % 2 === 0 ? "none" : {},
        limits: { actions: 3, mutations: 4 },
        faults: faultsOf(seed),
      },
    );
    await start(convex);
    const texts = textsOf(convex).sort();
    const ofMutations = texts.filter((text) => !text.startsWith("a"));
    expect(ofMutations).toEqual(
      Array.from({ length: JOBS }, (_, job) => `${job}`).sort(),
    );
    expect(new Set(begun).size).toBe(begun.length);
    for (const { name, state, args } of jobsOf(convex)) {
      const { text } = args[0] as { text: string };
      if (name === "app.js:once") expect(state.kind).toBe("success");
      else expect(state.kind).toMatch(/^(success|failed)$/);
      if (state.kind === "success") expect(texts).toContain(text);
    }
    expect(convex.scheduler).toMatchObject({ running: 0, waiting: 0 });
    for (const { used, waiting } of Object.values(convex.permits)) {
      expect({ used, waiting }).toEqual({ used: 0, waiting: 0 });
    }
  });
});
