/** Cancel as an error that a handler can catch, with a bounded time to clean up (P11). */
import { defineSchema, defineTable, mutationGeneric } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { isCanceled, type WorkflowId } from "../src/client/index.js";
import { CANCEL_GRACE_MS, MINUTE } from "../src/shared/constants.js";
import { ref, TestApp, workflowRef, type AppOptions } from "./harness/app.js";

const schema = defineSchema({ notes: defineTable({ text: v.string() }) });

type Way = "action" | "sleep" | "far sleep" | "child" | "mutation";

/** A workflow that waits in some way, and cleans up when it is canceled. */
function createApp(options: AppOptions = {}) {
  const seen: { code?: string; isCanceled: boolean; message: string }[] = [];
  const signals: AbortSignal[] = [];
  const app = new TestApp({ schema, shards: 1, seats: 1, ...options }, (executor) => ({
    note: mutationGeneric({
      args: { text: v.string() },
      handler: async (ctx, { text }) => void (await ctx.db.insert("notes", { text })),
    }),
    hold: executor.define({}).handler(async (step) => {
      try {
        await step.sleep(60_000);
      } finally {
        await step.runMutation(ref<"mutation">("note"), { text: "child cleaned up" });
      }
    }),
    main: executor.define({ args: { way: v.any() } }).handler(async (step, args) => {
      try {
        switch (args.way as Way) {
          case "action":
            await step.run("hold", async ({ signal }) => {
              signals.push(signal);
              await new Promise((_resolve, reject) =>
                signal.addEventListener("abort", () => reject(new Error("aborted"))),
              );
            });
            break;
          case "sleep":
            await step.sleep(60_000);
            break;
          case "far sleep":
            await step.sleep(60 * 60_000);
            break;
          case "child":
            await step.runWorkflow(workflowRef("hold"), {});
            break;
          case "mutation":
            await step.runMutation(ref<"mutation">("note"), { text: "work" });
            await step.runMutation(ref<"mutation">("note"), { text: "more work" });
        }
        return "went on";
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        seen.push({ ...(code ? { code } : {}), isCanceled: isCanceled(error), message });
        throw error;
      } finally {
        await step.runMutation(ref<"mutation">("note"), { text: "cleaned up" });
      }
    }),
    stubborn: executor.define({}).handler(async (step) => {
      for (let round = 0; round < 1_000; round += 1) {
        await step.sleep(5_000).catch(() => undefined);
      }
    }),
    deaf: executor.define({}).handler(async (step) => {
      await step.sleep(60_000).catch(() => undefined);
      return "ignored";
    }),
  }));
  const cancel = async (
    id: WorkflowId,
    how?: Parameters<typeof app.executor.cancel>[2],
  ) => await app.inMutation(async (ctx) => await app.executor.cancel(ctx, id, how));
  const notes = async () =>
    (await app.rows<{ text: string }>("notes", "")).map(({ text }) => text);
  const runUntilOpen = async () =>
    await app.runUntil(async () => (await app.rows("steps")).length > 0);
  return { app, cancel, notes, seen, signals, runUntilOpen };
}

describe("cancel", () => {
  test.each(["action", "sleep", "far sleep", "child"] as const)(
    "of a workflow in a step (%s) is an error there, and its finally runs",
    async (way) => {
      const { app, cancel, notes, seen, runUntilOpen } = createApp();
      const id = await app.start("main", { way });
      await runUntilOpen();
      await app.runFor(1_000);

      expect(await cancel(id, "no need")).toBe(true);
      const at = app.now();
      await app.runUntil(async () => (await app.status(id)).state === "canceled");

      expect(app.now() - at).toBeLessThan(CANCEL_GRACE_MS);
      const message = "The workflow was canceled: no need.";
      expect(seen[0]).toEqual({ code: "CANCELED", isCanceled: true, message });
      expect(await notes()).toContain("cleaned up");
      expect(await app.status(id)).toMatchObject({ error: { message: "no need" } });
      await app.run();
      expect(await app.rows("timers")).toEqual([]);
    },
  );

  test("aborts the step that runs", async () => {
    const { app, cancel, signals } = createApp();
    const id = await app.start("main", { way: "action" });
    await app.runUntil(() => signals.length === 1);

    await cancel(id);
    await app.run();

    expect(signals[0]!.aborted).toBe(true);
  });

  test("reaches children, which clean up too, in their own time", async () => {
    const { app, cancel, notes, runUntilOpen } = createApp();
    const id = await app.start("main", { way: "child" });
    await runUntilOpen();
    await app.runFor(1_000);

    await cancel(id);
    await app.run();

    expect((await notes()).sort()).toEqual(["child cleaned up", "cleaned up"]);
    const states = (await app.rows<{ state: string }>("workflows")).map(
      (one) => one.state,
    );
    expect(states).toEqual(["canceled", "canceled"]);
  });

  test("of one that has no step open is an error at the next step it asks for", async () => {
    const { app, cancel, notes, seen } = createApp();
    // Between the commit of the first mutation and the row of the second.
    app.faults.once("after", "executor:runMutation", async () => {
      const [workflow] = await app.rows<{ _id: WorkflowId }>("workflows");
      await cancel(workflow!._id);
    });
    const id = await app.start("main", { way: "mutation" });
    await app.run();

    expect(await notes()).toEqual(["work", "cleaned up"]);
    expect(seen).toMatchObject([{ code: "CANCELED" }]);
    expect((await app.steps(id)).page).toMatchObject([
      { number: 0, state: "completed" },
      { number: 1, state: "failed", outcome: { error: { code: "CANCELED" } } },
      { number: 2, state: "completed" },
    ]);
  });

  test("while its mutation step commits: the mutation counts, or never was", async () => {
    const { app, cancel, notes } = createApp();
    app.faults.once("before", "executor:runMutation", async () => {
      const [workflow] = await app.rows<{ _id: WorkflowId }>("workflows");
      await cancel(workflow!._id);
    });
    const id = await app.start("main", { way: "mutation" });
    await app.run();

    expect(await notes()).toEqual(["cleaned up"]);
    expect((await app.steps(id)).page[0]).toMatchObject({ state: "failed" });
  });

  test("between the reading of a journal and the claim: nobody goes on as before", async () => {
    const { app, cancel, notes, seen, runUntilOpen } = createApp();
    const id = await app.start("main", { way: "sleep" });
    await runUntilOpen();
    await app.crash();
    const isDone = app.faults.once("after", "executor:journals", async () => cancel(id));
    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    expect(isDone()).toBe(true);
    expect(seen).toMatchObject([{ code: "CANCELED" }]);
    expect(await notes()).toEqual(["cleaned up"]);
  });

  test("is the same error on every replay: executors die while it cleans up", async () => {
    const { app, cancel, notes, seen, runUntilOpen } = createApp();
    const id = await app.start("main", { way: "sleep" });
    await runUntilOpen();
    await cancel(id, { graceMs: 10 * MINUTE }); // dead executors are found in their time
    let crashes = 2;
    app.faults.onAnswer = (name, args, index) => {
      const { entries } = args as { entries?: { operations: { op: string }[] }[] };
      const isStep = entries?.some(({ operations }) =>
        operations.some(({ op }) => op === "step" || op === "finish"),
      );
      if (name !== "executor:commit" || !isStep || crashes === 0) return;
      crashes -= 1;
      app.faults.crash(index);
    };
    for (let round = 0; round < 3; round += 1) {
      await app.run();
      await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    }
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "canceled" });
    expect(new Set(seen.map(({ code }) => code))).toEqual(new Set(["CANCELED"]));
    expect(await notes()).toEqual(["cleaned up"]);
  });

  test("of one that ignores it: whatever it answers, it is canceled", async () => {
    const { app, cancel, runUntilOpen } = createApp();
    const id = await app.start("deaf");
    await runUntilOpen();

    await cancel(id);
    await app.run();

    const { state, result } = await app.status(id);
    expect({ state, result }).toEqual({ state: "canceled", result: undefined });
  });

  test("of one that goes on and on ends at the deadline", async () => {
    const { app, cancel, runUntilOpen } = createApp();
    const id = await app.start("stubborn");
    await runUntilOpen();

    await cancel(id, { graceMs: 12_000 });
    const at = app.now();
    await app.runUntil(async () => (await app.status(id)).state === "canceled");

    expect(app.now() - at).toBeGreaterThanOrEqual(12_000);
    expect(app.now() - at).toBeLessThan(15_000);
    await app.run();
  });

  test("with force ends at once, even one that is cleaning up", async () => {
    const { app, cancel, notes, runUntilOpen } = createApp();
    const ids = [await app.start("stubborn"), await app.start("main", { way: "sleep" })];
    await runUntilOpen();
    await app.runFor(1_000);

    expect(await cancel(ids[0]!)).toBe(true);
    expect(await cancel(ids[0]!, { force: true })).toBe(true);
    expect(await cancel(ids[1]!, { graceMs: 0 })).toBe(true);

    for (const id of ids) expect((await app.status(id)).state).toBe("canceled");
    await app.run();
    expect(await notes()).toEqual([]);
  });

  test("twice answers true once, and a shorter grace counts", async () => {
    const { app, cancel, runUntilOpen } = createApp();
    const id = await app.start("stubborn");
    await runUntilOpen();

    expect(await cancel(id, "first")).toBe(true);
    expect(await cancel(id, { reason: "second", graceMs: 6_000 })).toBe(false);
    const at = app.now();
    await app.runUntil(async () => (await app.status(id)).state === "canceled");

    expect(app.now() - at).toBeLessThan(9_000);
    expect(await app.status(id)).toMatchObject({ error: { message: "first" } });
    await app.run();
  });

  test("of a parked one lets code that can run it clean up", async () => {
    const { app, cancel, notes, runUntilOpen } = createApp();
    const { exports } = app;
    const id = await app.start("main", { way: "sleep" });
    await runUntilOpen();
    const { main: _main, ...others } = exports;
    app.exports = others;
    await app.operate("bumpEpoch", { restart: true });
    await app.runUntil(async () => (await app.status(id)).state === "parked");
    await app.run();

    app.exports = exports;
    await cancel(id);
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "canceled" });
    expect(await notes()).toEqual(["cleaned up"]);
  });

  test("of one that no code can run ends at the deadline", async () => {
    const { app, cancel, runUntilOpen } = createApp();
    const id = await app.start("main", { way: "sleep" });
    await runUntilOpen();
    const { main: _main, ...others } = app.exports;
    app.exports = others;
    await app.operate("bumpEpoch", { restart: true });
    await app.runUntil(async () => (await app.status(id)).state === "parked");

    await cancel(id);
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "canceled" });
  });

  test("refuses a grace out of its range", async () => {
    const { app, cancel } = createApp();
    const id = await app.start("deaf");

    await expect(cancel(id, { graceMs: -1 })).rejects.toMatchObject({
      data: { code: "INVALID_OPTIONS", option: "graceMs" },
    });
    await cancel(id, { force: true });
  });
});
