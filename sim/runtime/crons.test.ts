/** Crons: when they run, once each, and what a deploy changes. */
import { actionGeneric, cronJobs, mutationGeneric } from "convex/server";
import { describe, expect, test } from "vitest";
import type { ConvexOptions, Convex } from "../index.js";
import { createConvex } from "../index.js";
import { timeAfter, type CronSchedule } from "./cronTimes.js";
import { add, appOf, mutation, openApp, sleep, textsOf } from "./testApp.js";

const MINUTE_MS = 60_000;

type Crons = ReturnType<typeof cronJobs>;
const cronsOf = (plan: (crons: Crons) => void): Crons => {
  const crons = cronJobs();
  plan(crons);
  return crons;
};

async function openCrons(
  crons: Crons,
  functions: Record<string, unknown> = {},
  options: Partial<ConvexOptions> = {},
): Promise<Convex> {
  const app = appOf(functions);
  const modules = { ...app.modules, "crons.ts": { default: crons } };
  return await createConvex({
    app: { ...app, modules },
    crons: true,
    latency: "none",
    ...options,
  });
}

const everyMinute = cronsOf((crons) =>
  crons.interval("add", { minutes: 1 }, mutation("add"), { text: "x" }),
);

describe("crons", () => {
  test("run at once and then by their interval", async () => {
    const convex = await openCrons(everyMinute);
    await convex.runFor(10 * MINUTE_MS);
    expect(textsOf(convex)).toHaveLength(11);
  });

  test("do not run unless asked for", async () => {
    const convex = await openApp({ add });
    await convex.runUntilIdle();
    expect(textsOf(convex)).toEqual([]);
  });

  test("miss what comes due while they run", async () => {
    const convex = await openCrons(
      cronsOf((crons) => crons.interval("slow", { minutes: 1 }, mutation("slow"))),
      {
        slow: actionGeneric(async (ctx) => {
          await ctx.runMutation(mutation("add"), { text: "x" });
          await sleep(2.5 * MINUTE_MS);
        }),
      },
    );
    await convex.runFor(10 * MINUTE_MS);
    // At 0, 3, 6 and 9 minutes.
    expect(textsOf(convex)).toHaveLength(4);
  });

  test("that are mutations run once, whatever happens to their commits", async () => {
    const convex = await openCrons(
      everyMinute,
      {},
      {
        faults: {
          conflict: { probability: 0.3 },
          commitLost: { probability: 0.3 },
          commitUnheard: { probability: 0.3 },
          restart: { meanIntervalMs: MINUTE_MS, count: 10 },
        },
        latency: {},
      },
    );
    await convex.runFor(60 * MINUTE_MS);
    convex.faults.stop();
    await convex.runFor(0.5 * MINUTE_MS);
    const times = convex.rows<{ _creationTime: number }>("", "notes");
    expect(times.length).toBeGreaterThan(50);
    expect(times.length).toBeLessThanOrEqual(61);
  });

  test("that fail go on, and a deploy ends those that it no longer has", async () => {
    const convex = await openCrons(everyMinute, {
      add: mutationGeneric(async () => {
        throw new Error("refused");
      }),
    });
    await convex.runFor(5 * MINUTE_MS);
    const { calls } = convex.metrics.of("app:add");
    expect(calls).toBe(6);
    await convex.deploy({ app: appOf({}) });
    await convex.runUntilIdle();
    expect(convex.metrics.of("app:add").calls).toBe(calls);
  });

  test("wait while the deployment is paused", async () => {
    const convex = await openCrons(everyMinute);
    convex.setPaused(true);
    await convex.runFor(5.5 * MINUTE_MS);
    expect(textsOf(convex)).toEqual([]);
    convex.setPaused(false);
    await convex.runFor(1);
    expect(textsOf(convex)).toHaveLength(1);
  });
});

const CASES: [Exclude<CronSchedule, { type: "interval" }>, string, string][] = [
  [{ type: "hourly", minuteUTC: 15 }, "2026-01-01T10:15", "2026-01-01T11:15"],
  [
    { type: "daily", hourUTC: 3, minuteUTC: 30 },
    "2026-01-01T03:29:59.999",
    "2026-01-01T03:30",
  ],
  [
    { type: "weekly", dayOfWeek: "tuesday", hourUTC: 0, minuteUTC: 0 },
    "2026-01-01T00:00",
    "2026-01-06T00:00",
  ],
  [
    { type: "monthly", day: 31, hourUTC: 1, minuteUTC: 2 },
    "2026-02-01T00:00",
    "2026-03-31T01:02",
  ],
  [{ type: "cron", cron: "*/20 8-10 * * 1-5" }, "2026-01-02T10:41", "2026-01-05T08:00"],
  [{ type: "cron", cron: "0 0 29 2 *" }, "2026-01-01T00:00", "2028-02-29T00:00"],
  [{ type: "cron", cron: "0 12 13 * FRI" }, "2026-01-01T00:00", "2026-01-02T12:00"],
];
test.each(CASES)("%j after %s comes at %s", (schedule, after, expected) => {
  const time = timeAfter(schedule, Date.parse(`${after}Z`));
  expect(new Date(time).toISOString()).toContain(expected);
});
