/** Trophies: bugs that the replay property, or the thought behind it, has found. */
import { mutationGeneric } from "convex/server";
import { describe, expect, test } from "vitest";
import { HOT_WAIT_MS_MAX, TURN_ROUNDS_MAX } from "../../src/shared/constants.js";
import { ref, TestApp, workflowRef } from "../harness/app.js";

/** A long journal on convex-test, which looks at every row for every query. */
const TIMEOUT_MS = 60_000;
/** A sleep that leaves memory. */
const FAR_MS = 2 * HOT_WAIT_MS_MAX;

describe("trophies", () => {
  test(
    "a step that is open in a long journal starts when the replay is over",
    async () => {
      // A replay longer than a few looks of the loop: between two of them, the open step
      // looked like one whose wait is over, and started without claim or count.
      const steps = 3 * TURN_ROUNDS_MAX;
      let effects = 0;
      const app = new TestApp({ shards: 1 }, (executor) => ({
        write: mutationGeneric({ args: {}, handler: async () => (effects += 1) }),
        main: executor.define({ args: {} }).handler(async (step) => {
          const written = step.runMutation(ref<"mutation">("write"), {});
          for (let index = 0; index < steps; index += 1) await step.run("quick", () => 1);
          return await written;
        }),
      }));
      app.faults.onCall = async (name, _args, index) => {
        // In the first executor the mutation never gets through.
        if (index === 0 && name === "executor:runMutation") {
          await new Promise<never>(() => undefined);
        }
      };

      const id = await app.start("main");
      await app.runUntil(() => app.faults.count("executor:commit") > steps);
      await app.crash(0);
      await app.operate("startExecutors");
      await app.run();

      expect(await app.status(id)).toMatchObject({ state: "completed", result: 1 });
      expect(effects).toBe(1);
      const { page } = await app.steps(id);
      expect(page[0]).toMatchObject({ kind: "mutation", attempts: 2 });
    },
    TIMEOUT_MS,
  );

  test("a workflow whose claim is gone when its mutation runs is let go of", async () => {
    // It was given up, but stayed among the hot ones, so its executor never retired.
    const app = new TestApp({ shards: 1 }, (executor) => ({
      write: mutationGeneric({ args: {}, handler: async () => null }),
      main: executor
        .define({ args: {} })
        .handler(async (step) => step.runMutation(ref<"mutation">("write"), {})),
    }));
    const id = await app.start("main");
    app.faults.onCall = async (name) => {
      if (name !== "executor:runMutation") return;
      await new Promise<void>((resolve) => {
        setTimeout(() => {
          void app.inMutation(async (ctx) => {
            await app.executor.cancel(ctx, id);
            resolve();
          });
        }, 0);
      });
    };

    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "canceled" });
    expect(await app.rows("heartbeats")).toEqual([]);
  });

  test("an executor that waits for the answer to its handover does not spin", async () => {
    const app = new TestApp({ shards: 1, lifetimeMs: 50, idleMs: 10 }, (executor) => ({
      main: executor.define({ args: {} }).handler(async (step) => step.sleep(200)),
    }));
    app.faults.onCall = async (name) => {
      if (name !== "executor:handOver") return;
      await new Promise<void>((resolve) => setTimeout(resolve, 20)); // virtual time
    };

    const id = await app.start("main");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed" });
  });

  test("what a race's loser would ask for next is not asked for once a replay has a winner", async () => {
    // Both waits end while the handler is cold. Its replay went on after its outcome, with
    // the loser's wait: that began a child, only to end it.
    const app = new TestApp({ shards: 1 }, (executor) => ({
      child: executor.define({}).handler(async (step) => step.run("too late", () => 1)),
      main: executor.define({}).handler(async (step): Promise<unknown> => {
        const loser = async () => {
          await step.sleep(FAR_MS);
          await step.runWorkflow(workflowRef("child"), {});
        };
        return await Promise.race([step.sleep(FAR_MS).then(() => "winner"), loser()]);
      }),
    }));

    const id = await app.start("main");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: "winner" });
    expect((await app.steps(id)).page).toHaveLength(2);
    expect(await app.rows("workflows")).toMatchObject([{ after: [0] }]);
  });
});
