/**
 * What only waits is let go of when memory runs short, and comes back (P14).
 *
 * The account's limit is made small here, so that kilobytes fill it.
 */
import { describe, expect, test, vi } from "vitest";
import { v } from "convex/values";
import type { Entry } from "../src/shared/commit.js";
import {
  EVICTION_SHARE,
  HOT_GRACE_MS,
  KiB,
  MINUTE,
  SECOND,
} from "../src/shared/constants.js";
import { ref, TestApp, workflowRef, type AppOptions } from "./harness/app.js";
import { CUT_AT, type Cuttable } from "./harness/faults.js";
import { delay } from "./harness/work.js";

const LIMIT_BYTES = 64 * KiB;
vi.mock("../src/shared/constants.js", async (load) => ({
  ...(await load<object>()),
  HOT_BYTES_MAX: 64 * 1024,
}));

/** What each workflow holds while it waits, and how many of those may stay. */
const HELD_BYTES = 4 * KiB;
const STAY = Math.floor((LIMIT_BYTES * EVICTION_SHARE) / HELD_BYTES);
const COUNT = 20;
const WAIT_MS = MINUTE;
/** Within the grace of a parent, so that nobody looks for room before. */
const CHILD_AFTER_MS = HOT_GRACE_MS - SECOND;
const ONE_SEAT = { shards: 1, seats: 1, slotsPerShard: 50 };

function createApp(options: AppOptions = {}) {
  /** Attempts of the step after the wait, by the workflow's number. */
  const tries: { n: number; attempt: number; at: number }[] = [];
  const app = new TestApp({ ...ONE_SEAT, ...options }, (executor) => ({
    load: executor.action({
      args: { n: v.number() },
      handler: async (_ctx, { n }) => {
        await delay(100 * (n + 1));
        return "x".repeat(HELD_BYTES);
      },
    }),
    attempt: executor.action({
      args: { n: v.number(), failures: v.number() },
      handler: async (ctx, { n, failures }) => {
        if (((ctx as Cuttable)[CUT_AT] ?? (() => null))() !== null) await delay(Infinity);
        tries.push({ n, attempt: ctx.attempt, at: Date.now() });
        if (ctx.attempt <= failures) throw new Error("not yet");
        return n;
      },
    }),
    child: executor.define({}).handler(async () => null),
    main: executor
      .define({ args: { n: v.number(), wait: v.string() } })
      .handler(async (step, { n, wait }) => {
        const text = (await step.runAction(ref<"action">("load"), { n })) as string;
        const retry = {
          maxAttempts: 2,
          initialBackoffMs: WAIT_MS,
          maxBackoffMs: WAIT_MS,
        };
        const again = ref<"action">("attempt");
        if (wait === "sleep") await step.sleep(WAIT_MS);
        else if (wait === "backoff")
          await step.runAction(again, { n, failures: 1 }, { retry });
        else if (wait === "start")
          await step.runAction(again, { n, failures: 0 }, { runAfter: WAIT_MS });
        else
          await step.runWorkflow(workflowRef("child"), {}, { runAfter: CHILD_AFTER_MS });
        return text.length + n;
      }),
  }));
  const start = async (wait: string) =>
    await app.startMany(
      "main",
      Array.from({ length: COUNT }, (_, n) => ({ args: { n, wait } })),
    );
  return { app, tries, start };
}

type Claim = { workflow: string };

describe("workflows that wait in memory, more than fit", () => {
  test.each(["sleep", "backoff", "start"])(
    "are let go of in a %s, those that waited longest first, and end in time",
    async (wait) => {
      const { app, tries, start } = createApp();
      const ids = await start(wait);

      await app.runFor(WAIT_MS / 2);
      const claims = (await app.rows<Claim>("claims")).map(({ workflow }) => workflow);
      await app.run();

      expect(claims.length).toBeGreaterThan(0);
      expect(claims.length).toBeLessThanOrEqual(STAY);
      expect(claims).toEqual(ids.slice(-claims.length));
      expect(app.faults.count("executor:journals")).toBe(COUNT - claims.length);
      for (const [n, id] of ids.entries()) {
        const { result, startedAt, finishedAt } = await app.status(id);
        expect(result).toBe(HELD_BYTES + n);
        const waitedMs = finishedAt! - startedAt! - 100 * (n + 1);
        // Half of a backoff is drawn at random.
        expect(waitedMs).toBeGreaterThanOrEqual(
          wait === "backoff" ? WAIT_MS / 2 : WAIT_MS,
        );
        expect(waitedMs).toBeLessThan(WAIT_MS + 10 * SECOND);
      }
      const attempts = tries.map(({ n, attempt }) => `${n}/${attempt}`).sort();
      const all = wait === "sleep" ? [] : wait === "start" ? [1] : [1, 2];
      expect(attempts).toEqual(
        ids.flatMap((_, n) => all.map((one) => `${n}/${one}`)).sort(),
      );
    },
  );

  test("are let go of within their grace, if they wait for children", async () => {
    const { app, start } = createApp();
    const ids = await start("child");

    await app.runFor(HOT_GRACE_MS / 2);
    const claims = await app.rows<Claim>("claims");
    await app.run();

    expect(claims.length).toBeGreaterThan(0);
    expect(claims.length).toBeLessThanOrEqual(STAY);

    const states = await Promise.all(ids.map(async (id) => (await app.status(id)).state));
    expect(new Set(states)).toEqual(new Set(["completed"]));
  });

  test.each(["before", "after"] as const)(
    "end once though the executor dies %s the commit that lets go of them",
    async (when) => {
      const { app, start } = createApp();
      const ids = await start("sleep");
      let crashes = 0;
      const crash = (name: string, args: unknown) => {
        const entries =
          name === "executor:commit" ? (args as { entries: Entry[] }) : null;
        const isDeferring = entries?.entries.some(({ operations }) =>
          operations.some(({ op }) => op === "defer"),
        );
        if (!isDeferring || crashes > 0) return;
        crashes += 1;
        app.faults.crash();
      };
      if (when === "before") app.faults.onCall = crash;
      else app.faults.onAnswer = crash;

      await app.runUntil(() => crashes > 0);
      await app.runUntilBuried();
      await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
      await app.run();

      for (const [n, id] of ids.entries())
        expect((await app.status(id)).result).toBe(HELD_BYTES + n);
    },
  );
});

describe("workflows that wait in memory and fit", () => {
  test("stay there", async () => {
    const { app } = createApp();
    const items = Array.from({ length: STAY - 4 }, (_, n) => ({
      args: { n, wait: "sleep" },
    }));

    await app.startMany("main", items);
    await app.run();

    expect(app.faults.count("executor:journals")).toBe(0);
    expect(app.faults.count("executor:fireTimers")).toBe(0);
  });
});
