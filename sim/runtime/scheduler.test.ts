/** Scheduled jobs: their order, their rows, and what a restart leaves of them. */
import { actionGeneric, mutationGeneric, type GenericMutationCtx } from "convex/server";
import { describe, expect, test } from "vitest";
import type { ConvexOptions } from "../index.js";
import {
  action,
  appOf,
  jobsOf,
  mutation,
  openApp,
  sleep,
  statesOf,
  textsOf,
} from "./testApp.js";

const DAY_MS = 24 * 60 * 60 * 1_000;
type Ctx = GenericMutationCtx<never>;

/** A mutation that schedules others at once. */
const schedules = (...references: Parameters<Ctx["scheduler"]["runAfter"]>[1][]) =>
  mutationGeneric(async (ctx) => {
    const ids: string[] = [];
    for (const reference of references)
      ids.push(await ctx.scheduler.runAfter(0, reference as never, {}));
    return ids;
  });
const addLater = mutationGeneric(
  async (ctx, { text }: { text: string }) =>
    await ctx.scheduler.runAfter(0, mutation("add"), { text }),
);
const nap = actionGeneric(async () => await sleep(1_000));

const SETTINGS: Partial<ConvexOptions>[] = [{}, { latency: "none" }];

test("jobs run in the order in which they are due, not in that of their commits", async () => {
  const convex = await openApp(
    {
      nap,
      addLater,
      sleepLater: schedules(action("nap")),
      slow: mutationGeneric(async (ctx) => {
        await ctx.scheduler.runAfter(0, mutation("add"), { text: "first" });
        for (let read = 0; read < 30; read += 1) await ctx.db.query("notes").collect();
      }),
    },
    { limits: { scheduledJobs: 1 } },
  );
  await convex.mutation(mutation("sleepLater"));
  await convex.runFor(30);
  const slow = convex.mutation(mutation("slow"));
  await convex.runFor(10);
  await Promise.all([slow, convex.mutation(mutation("addLater"), { text: "second" })]);
  await convex.runUntilIdle();
  expect(textsOf(convex)).toEqual(["first", "second"]);
});

describe.each(SETTINGS)("with %j, a cancellation", (settings) => {
  test("of itself by a mutation does nothing, and cancels nothing that it schedules", async () => {
    const convex = await openApp(
      {
        start: schedules(mutation("cancel")),
        cancel: mutationGeneric(async (ctx) => {
          const { scheduledFunctionId: id } = await ctx.meta.getRequestMetadata();
          await ctx.scheduler.cancel(id as never);
          await ctx.scheduler.runAfter(0, mutation("add"), { text: "x" });
        }),
      },
      settings,
    );
    await convex.mutation(mutation("start"));
    await convex.runUntilIdle();
    expect(statesOf(convex)).toEqual(["success", "success"]);
    expect(textsOf(convex)).toEqual(["x"]);
  });

  test("of a job whose row is gone does nothing; of what is no job it fails", async () => {
    const convex = await openApp(
      {
        addLater,
        cancel: mutationGeneric(async (ctx, { id }: { id: string }) => {
          await ctx.scheduler.cancel(id as never);
        }),
      },
      settings,
    );
    const id: unknown = await convex.mutation(mutation("addLater"), { text: "x" });
    await convex.runUntilIdle();
    await convex.runFor(8 * DAY_MS);
    await convex.mutation(mutation("add"), { text: "y" });
    expect(jobsOf(convex)).toEqual([]);
    await convex.mutation(mutation("cancel"), { id });
    const note = convex.rows<{ _id: string }>("", "notes")[0]!._id;
    await expect(convex.mutation(mutation("cancel"), { id: note })).rejects.toThrow(
      /Invalid scheduled function ID/,
    );
  });

  test("of an action cancels what it schedules later, as of then", async () => {
    const convex = await openApp(
      {
        start: schedules(action("scheduleLate")),
        scheduleLate: actionGeneric(async (ctx) => {
          await sleep(1_000);
          await ctx.scheduler.runAfter(60_000, mutation("add"), { text: "x" });
          await ctx.runMutation(mutation("addLater"), { text: "y" });
        }),
        addLater,
        cancel: mutationGeneric(async (ctx, { id }: { id: string }) => {
          await ctx.scheduler.cancel(id as never);
        }),
      },
      settings,
    );
    const [id] = (await convex.mutation(mutation("start"))) as string[];
    await convex.runFor(500);
    await convex.mutation(mutation("cancel"), { id });
    await convex.runUntilIdle();
    expect(statesOf(convex)).toEqual(["canceled", "canceled", "canceled"]);
    expect(textsOf(convex)).toEqual([]);
    for (const job of jobsOf(convex).slice(1)) {
      expect(job.scheduledTime).toBe(job.completedTime);
    }
  });
});

describe.each(SETTINGS)("with %j, after a restart", (settings) => {
  test("an action that waited for its permit does not run", async () => {
    let runs = 0;
    const convex = await openApp(
      {
        start: schedules(action("count"), action("count")),
        count: actionGeneric(async () => {
          runs += 1;
          await sleep(60_000);
        }),
      },
      { ...settings, limits: { actions: 1 } },
    );
    await convex.mutation(mutation("start"));
    await convex.runFor(5_000);
    convex.restart();
    await convex.runUntilIdle();
    expect(jobsOf(convex).map(({ state }) => state)).toEqual([
      { kind: "failed", error: "Transient error while executing action" },
      { kind: "failed", error: "Transient error while executing action" },
    ]);
    expect(runs).toBe(1);
    expect(convex.scheduler.running).toBe(0);
  });

  test("a mutation that waited between two attempts runs once", async () => {
    const convex = await openApp(
      { addLater },
      {
        ...settings,
        faults: {
          conflict: {
            schedule: [1, 2, 3, 4].map((nth) => ({ function: "app:add", nth })),
          },
        },
      },
    );
    await convex.mutation(mutation("addLater"), { text: "x" });
    await convex.runFor(100);
    convex.restart();
    await convex.runUntilIdle();
    expect(textsOf(convex)).toEqual(["x"]);
    expect(statesOf(convex)).toEqual(["success"]);
  });
});

test("an action that crashed and is no longer deployed is failed", async () => {
  const convex = await openApp({ nap, start: schedules(action("nap")) });
  await convex.mutation(mutation("start"));
  await convex.runFor(500);
  convex.crash((label) => label === "app:nap");
  await convex.deploy({ app: appOf({}) });
  await convex.runUntilIdle();
  expect(statesOf(convex)).toEqual(["failed"]);
});

test("what is scheduled lies at most five years of 366 days away", async () => {
  const convex = await openApp({
    at: mutationGeneric(async (ctx, { days }: { days: number }) => {
      await ctx.scheduler.runAt(Date.now() + days * DAY_MS, mutation("add"), {
        text: "x",
      });
    }),
  });
  const schedule = async (days: number) => {
    await convex.mutation(mutation("at"), { days });
  };
  await schedule(5 * 365 + 4);
  await schedule(-5 * 365 - 4);
  await expect(schedule(5 * 366 + 1)).rejects.toThrow(/5 years in the future/);
  await expect(schedule(-5 * 366 - 1)).rejects.toThrow(/5 years in the past/);
});
