/**
 * Trouble that must stay where it is: one step's, one seat's, one batch's.
 *
 * Each of these once spread: a handle that could not be made ended the executor, a user's
 * words passed for the platform's, a dropped seat kept its dead executor's claims.
 */
import { actionGeneric } from "convex/server";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Backend } from "../src/client/runtime/backend.js";
import { executorError } from "../src/shared/errors.js";
import { ref, TestApp, workflowRef, type AppOptions } from "./harness/app.js";

/** Attempts of a step that fails with words like the platform's. */
const ATTEMPTS = 3;
/** Children of a fan-out: more deliveries than one round of turns (TURN_ROUNDS_MAX). */
const CHILDREN = 150;
/** Steps that wait for permits in one workflow: many more than S16 gives to one seat. */
const WIDE = 40;
/** Milliseconds of such a step: all of them take longer than a start and a scan. */
const ECHO_MS = 500;

function createApp(options: AppOptions = {}) {
  const counts = { busy: 0 };
  const gates = new Map<string, () => void>();
  const app = new TestApp(options, (executor) => ({
    busy: actionGeneric({
      handler: async () => {
        counts.busy += 1;
        throw new Error("429 Too many concurrent requests to model");
      },
    }),
    echo: actionGeneric({
      handler: async () => {
        await new Promise((resolve) => setTimeout(resolve, ECHO_MS));
        return "echo";
      },
    }),
    quick: executor.define({}).handler(async (step) => await step.run("quick", () => 1)),
    lost: executor
      .define({})
      .handler(
        async (step) =>
          await step
            .runAction(ref<"action">("gone"), {}, { isolated: true })
            .catch((error: Error) => `caught ${error.name}`),
      ),
    throttled: executor
      .define({})
      .handler(
        async (step) =>
          await step.runAction(
            ref<"action">("busy"),
            {},
            { retry: { maxAttempts: ATTEMPTS, initialBackoffMs: 10 } },
          ),
      ),
    wide: executor.define({}).handler(async (step) => {
      const all = Array.from({ length: WIDE }, async () =>
        step.runAction(ref<"action">("echo"), {}),
      );
      return (await Promise.all(all)).length;
    }),
    fanOut: executor.define({}).handler(async (step) => {
      const all = Array.from({ length: CHILDREN }, async () =>
        step.runWorkflow(workflowRef("quick"), {}),
      );
      return (await Promise.all(all)).length;
    }),
    hold: executor.define({}).handler(
      async (step) =>
        await step.run("hold", async ({ attempt }) => {
          if (attempt === 1) await new Promise<void>((open) => gates.set("hold", open));
          return attempt;
        }),
    ),
  }));
  return { app, counts };
}

describe("a step that nobody can run", () => {
  test("an isolated action that is gone fails its step, and its neighbors finish", async () => {
    const { app } = createApp();
    const gone = new Error("Function handle not found");
    const handleOf = vi.spyOn(Backend.prototype, "handleOf").mockRejectedValueOnce(gone);
    onTestFinished(() => handleOf.mockRestore());

    const lost = await app.start("lost");
    const quick = await app.start("quick");
    await app.run();

    expect((await app.status(lost)).result).toMatch(/^caught /);
    expect(await app.status(quick)).toMatchObject({ state: "completed" });
  });
});

describe("words like the platform's", () => {
  test("a provider's overload counts as a failed attempt of the user's action", async () => {
    const { app, counts } = createApp();

    const id = await app.start("throttled");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "failed" });
    expect(counts.busy).toBe(ATTEMPTS);
  });
});

describe("a fan-out of children", () => {
  test("larger than one round of turns completes, each child run once", async () => {
    const { app } = createApp();

    const id = await app.start("fanOut");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: CHILDREN });
    const { page } = await app.steps(id);
    expect(page.every(({ attempts, failures }) => attempts === 1 && failures === 0)).toBe(
      true,
    );
  });
});

describe("steps that wait for a permit", () => {
  test("take no slot from a younger workflow that needs none", async () => {
    const { app } = createApp({ shards: 1, slotsPerShard: WIDE, seats: 1 });

    const wide = await app.start("wide");
    const quick = await app.start("quick");
    await app.run();

    expect((await app.status(wide)).result).toBe(WIDE);
    const [slow, young] = [await app.status(wide), await app.status(quick)];
    expect(young.startedAt).toBeLessThanOrEqual(slow.finishedAt!);
  });
});

describe("a seat that a new layout drops", () => {
  test("has the claims of its dead executor given back by another seat", async () => {
    const { app } = createApp({ shards: 2, seats: 2 });
    const ids = await app.startMany("hold", [{ args: {} }, { args: {} }]);
    await app.runUntil(async () => (await app.rows("claims")).length === ids.length);
    const [layout] = await app.rows<{ entry: string }>("config");

    await app.operate("startExecutors", {
      layout: { entry: layout!.entry, shards: 2, slotsPerShard: 4, seats: 1 },
    });
    const recovered: string[] = [];
    app.faults.onCall = (name, args) => {
      if (name === "executor:recover") recovered.push((args as { dead: string }).dead);
    };
    await app.crash(0, 1);
    await app.run();

    for (const id of ids) expect(await app.status(id)).toMatchObject({ result: 2 });
    expect(await app.rows("claims")).toEqual([]);
    // By an executor that has looked, and not only by the watchdog.
    const [dropped] = app.faults.incarnations.filter(({ self }) => self.seat === 1);
    expect(recovered).toContain(dropped!.self.executor);
  });

  test("is looked for ever after, and no other", async () => {
    const { app } = createApp({ shards: 3, seats: 1, deployment: { class: "s256" } });
    await app.start("quick");
    await app.run();
    const [first] = await app.rows<{ entry: string; seatsEver: number }>("config");

    const ever = [first!.seatsEver];
    for (const seats of [3, 2]) {
      const layout = { entry: first!.entry, shards: 3, slotsPerShard: 4, seats };
      await app.operate("startExecutors", { layout });
      await app.run();
      const [{ seatsEver }] = (await app.rows("config")) as [{ seatsEver: number }];
      ever.push(seatsEver);
    }

    expect(ever).toEqual([1, 3, 3]);
  });
});

describe("an executor whose own job was canceled", () => {
  test("leaves its work to another instead of failing it", async () => {
    const { app } = createApp();
    const id = await app.start("quick");
    app.faults.onCall = (name, _args, index) => {
      if (name === "executor:commit" && index === 0) {
        throw executorError("CALLER_CANCELED", "The caller's job was canceled.");
      }
    };

    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
  });
});
