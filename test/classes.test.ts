/** Executors fit the deployment: half of the scheduler's slots are always the app's (D7, P12). */
import { internalMutationGeneric, makeFunctionReference } from "convex/server";
import { describe, expect, test } from "vitest";
import { SCHEDULER_SLOTS, SECOND } from "../src/shared/constants.js";
import {
  computeIncarnations,
  computeSeatsMax,
  type DeploymentClass,
} from "../src/shared/layout.js";
import { PROTOCOL } from "../src/shared/model.js";
import { seatRow } from "./harness/watchdog.js";
import { WorkApp } from "./harness/work.js";

const CLASSES = Object.keys(SCHEDULER_SLOTS) as DeploymentClass[];

describe("the seats of a class", () => {
  test.each(CLASSES)(
    "on %s and all that drain take at most half of its slots",
    (name) => {
      for (const [lifetimeMs, drainMs] of [
        [18, 8],
        [10, 10],
        [10, 20],
        [5, 25],
      ] as const) {
        const incarnations = computeIncarnations({ lifetimeMs, drainMs });
        expect(incarnations).toBeGreaterThanOrEqual(
          1 + Math.min(3, drainMs / lifetimeMs),
        );
        expect(computeSeatsMax(name, incarnations) * incarnations).toBeLessThanOrEqual(
          SCHEDULER_SLOTS[name] / 2,
        );
      }
    },
  );

  test("are fewer when a drain window is longer than a lifetime", async () => {
    const app = new WorkApp({
      shards: 8,
      lifetimeMs: 10 * SECOND,
      drainMs: 15 * SECOND,
      deployment: { class: "s16", latency: "none" },
    });
    await app.begin([{ kind: "work", key: "a" }]);
    await app.run();

    expect(await app.rows("config")).toMatchObject([{ seats: 1, incarnations: 3 }]);
  });
});

describe("on S16, while a thousand workflows run over many handoffs", () => {
  test("an app's own job every second starts at once, and half of the slots stay free", async () => {
    const app = new WorkApp({
      shards: 4,
      slotsPerShard: 25,
      lifetimeMs: 20 * SECOND,
      drainMs: 10 * SECOND,
      deployment: { class: "s16", latency: "none" },
    });
    const delaysMs: number[] = [];
    const tick = makeFunctionReference<"mutation">("app:tick");
    app.exports = {
      ...app.exports,
      tick: internalMutationGeneric({
        handler: async (ctx, { dueAt, left }: { dueAt: number; left: number }) => {
          delaysMs.push(Date.now() - dueAt);
          if (left === 0) return;
          const next = { dueAt: dueAt + SECOND, left: left - 1 };
          await ctx.scheduler.runAt(next.dueAt, tick, next);
        },
      }),
    };
    const convex = await app.convex();
    let heldMax = 0;
    const stop = convex.onCommit(() => {
      heldMax = Math.max(heldMax, convex.scheduler.running);
    });
    for (let batch = 0; batch < 4; batch += 1) {
      await app.startMany(
        "main",
        Array.from({ length: 250 }, (_, n) => ({
          args: {
            parts: [
              { kind: "work", key: `${batch}-${n}`, ms: 4 * SECOND },
              { kind: "work", key: `${batch}-${n}b`, ms: 3 * SECOND },
            ],
          },
        })),
      );
    }
    await app.inMutation(async (ctx) => {
      await ctx.scheduler.runAfter(0, tick, { dueAt: app.now(), left: 60 });
    });
    await app.run();
    stop();

    expect(app.faults.incarnations.length).toBeGreaterThan(6); // many handoffs
    expect(app.overlaps).toEqual([]);
    // Two seats of 50 slots, what predecessors run counted; one is always the successor's.
    expect(app.concurrencyMax).toBeLessThanOrEqual(2 * (50 + 1));
    expect(delaysMs).toHaveLength(61);
    expect(Math.max(...delaysMs)).toBe(0);
    // Ours, the app's job, and for an instant a run of the watchdog.
    expect(heldMax).toBeLessThanOrEqual(SCHEDULER_SLOTS.s16 / 2 + 2);
  }, 120_000);
});

describe("an executor with code of another protocol", () => {
  test("retires, and what it held goes on in one with the present code", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const id = await app.begin([
      { kind: "work", key: "a", ms: 20 * SECOND },
      { kind: "charge", key: "once" },
    ]);
    await app.runUntilWorking("a");
    app.faults.onCall = (_name, args, index) => {
      const call = args as { protocol?: number };
      if (index === 0 && call.protocol !== undefined) call.protocol = PROTOCOL - 1;
    };
    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    expect(await app.charges()).toEqual(["once"]);
    expect(app.faults.incarnations).toHaveLength(2);
    expect((await seatRow(app)).draining).toEqual([]);
  });

  test.each(["handOver", "retire", "leave"] as const)(
    "changes nothing by %s",
    async (name) => {
      const app = new WorkApp({ shards: 1, seats: 1 });
      await app.begin([{ kind: "work", key: "a", ms: 5 * SECOND }]);
      await app.runUntilWorking("a");
      const before = await seatRow(app);
      const executor = before.current!.executor;

      const answer = await app.call("mutation", app.component.executor[name], {
        protocol: PROTOCOL - 1,
        seat: 0,
        executor,
      });

      expect(answer).toBe(name === "handOver" ? "none" : true);
      expect(await seatRow(app)).toEqual(before);
      await app.run();
    },
  );
});
