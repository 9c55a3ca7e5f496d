/**
 * A cleanup that meets what its workflow's end left behind: whoever is first, nothing is left
 * of either, and nothing that was still owed is dropped (P11).
 */
import { actionGeneric, mutationGeneric } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { LEFTOVERS_INLINE, LEFTOVERS_PAGE } from "../src/shared/constants.js";
import type { StartOptions, WorkflowId } from "../src/client/index.js";
import { ref, TestApp, workflowRef } from "./harness/app.js";

/** Waits whose rows are more than two pages of leftovers; the waiters alone are one. */
const WIDE = 2 * LEFTOVERS_PAGE;
const TABLES = ["workflows", "payloads", "steps", "timers", "outbox"].concat(
  ["taskQueue", "replayQueue", "claims"],
  ["mailboxes", "events", "eventIds", "eventWaiters", "statuses"],
);

type WideOptions = { count: number; hasChild?: boolean };

/** A workflow that ends while a great many of its steps still wait. */
function createApp() {
  const told: string[] = [];
  const app = new TestApp({ shards: 1, seats: 1 }, (executor) => ({
    far: actionGeneric({
      handler: async () => await new Promise((done) => setTimeout(done, 60_000)),
    }),
    child: executor.define({}).handler(async (step) => await step.sleep(3_600_000)),
    note: mutationGeneric({
      args: { workflowId: v.string(), result: v.any() },
      handler: async (_ctx, { workflowId }) => void told.push(workflowId as string),
    }),
    wide: executor
      .define({ args: { count: v.number(), hasChild: v.optional(v.boolean()) } })
      .handler(async (step, { count, hasChild }) => {
        const waits = Array.from({ length: count }, async (_, n) => {
          if (n % 3 === 0) return await step.sleep(3_600_000);
          return await step.awaitEvent({ name: `e${n}` });
        });
        await Promise.race([
          step.sleep(1_000),
          ...(hasChild ? [step.runWorkflow(workflowRef("child"), {})] : []),
          step.runAction(ref<"action">("far"), {}, { isolated: true }),
          ...waits,
        ]);
      }),
  }));
  return { app, told };
}

/** Starts a wide workflow, and an event that nobody hears; answers when all of it waits. */
async function startWide(app: TestApp, args: WideOptions, options: StartOptions = {}) {
  const id = await app.start("wide", args, options);
  await app.runUntil(async () => (await app.rows("timers")).length >= args.count / 4);
  await app.inMutation(async (ctx) =>
    app.executor.sendEvent(ctx, { workflowId: id, name: "unheard", value: 1 }),
  );
  return id;
}

async function countRows(app: TestApp): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of TABLES) {
    const { length } = await app.rows(table);
    if (length > 0) counts[table] = length;
  }
  return counts;
}

describe("retention of no time at all", () => {
  test.each([false, true])(
    "leaves nothing of a workflow whose end leaves more than a page (child: %s)",
    async (hasChild) => {
      const { app } = createApp();
      await startWide(app, { count: WIDE, hasChild }, { retentionMs: 0 });

      await app.run();

      expect(await countRows(app)).toEqual({});
    },
  );
});

/** Ends a wide workflow from outside: what it leaves behind goes in pages of their own. */
async function endWide(app: TestApp, options: StartOptions = {}): Promise<WorkflowId> {
  const id = await startWide(app, { count: WIDE }, options);
  await app.inMutation(async (ctx) => {
    // Signals that nobody will ever see.
    for (let n = 1; n <= 2 * LEFTOVERS_INLINE; n += 3)
      await app.executor.sendEvent(ctx, { workflowId: id, name: `e${n}`, value: n });
    await app.executor.cancel(ctx, id, { force: true });
  });
  expect((await app.rows("timers")).map(({ kind }) => kind)).toContain("finish");
  return id;
}

/** Does something before the executor's n-th page of timers; answers whether there is one. */
async function beforePage(app: TestApp, nth: number, act: () => Promise<unknown>) {
  let pages = 0;
  let violations: unknown[] | null = null;
  app.faults.onCall = async (name) => {
    if (name !== "executor:fireTimers" || violations) return;
    pages += 1;
    if (pages < nth) return;
    violations = [];
    await act();
    violations = await app.audit();
  };
  await app.run();
  expect(violations ?? []).toEqual([]);
  return violations !== null;
}

describe("a cleanup", () => {
  const cleanups: [string, (app: TestApp, id: WorkflowId) => Promise<unknown>][] = [
    [
      "of the workflow",
      async (app, id) =>
        await app.inMutation(async (ctx) => app.executor.cleanup(ctx, id)),
    ],
    ["of all", async (app) => await app.operate("cleanupAll")],
  ];

  describe.each(cleanups)("%s", (_what, clean) => {
    test("right after an end leaves nothing of what that had still to remove", async () => {
      const { app, told } = createApp();
      const onComplete = ref<"mutation">("note");
      const id = await endWide(app, { onComplete });

      await clean(app, id);
      await app.run();

      expect(await countRows(app)).toEqual({});
      expect(told).toEqual([id]);
    });

    test("before any page of that leaves nothing, and the callback is called once", async () => {
      let hasMore = true;
      for (let page = 1; hasMore; page += 1) {
        const { app, told } = createApp();
        const id = await endWide(app, { onComplete: ref<"mutation">("note") });

        hasMore = await beforePage(app, page, async () => await clean(app, id));
        await clean(app, id).catch(() => undefined); // gone already, if it was raced
        await app.run();

        expect([page, await countRows(app)]).toEqual([page, {}]);
        expect(told).toEqual([id]);
        expect(page).toBeLessThan(8);
      }
    }, 60_000);
  });

  test("of a workflow that is restarted before any page of its removal waits for both ends", async () => {
    for (let page = 1, hasMore = true; hasMore; page += 1) {
      const { app, told } = createApp();
      const id = await endWide(app, { onComplete: ref<"mutation">("note") });

      hasMore = await beforePage(app, page, async () => {
        await app.inMutation(async (ctx) => app.executor.restart(ctx, id));
        await app.inMutation(async (ctx) =>
          app.executor.cancel(ctx, id, { force: true }),
        );
        await app.inMutation(async (ctx) => app.executor.cleanup(ctx, id));
      });
      if (!hasMore) await app.inMutation(async (ctx) => app.executor.cleanup(ctx, id));
      await app.run();

      expect([page, await countRows(app)]).toEqual([page, {}]);
      expect(told).toEqual(hasMore ? [id, id] : [id]);
      expect(page).toBeLessThan(8);
    }
  }, 60_000);

  test("changes nothing of a cancel that comes while it goes on", async () => {
    const { app } = createApp();
    const id = await endWide(app);
    await app.inMutation(async (ctx) => app.executor.cleanup(ctx, id));

    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id, { force: true }));
    expect((await app.status(id)).state).toBe("canceled");
    await app.run();

    expect(await countRows(app)).toEqual({});
  });
});
