/** Steps as old as each other at one gate, some of which come back after a failure. */
import { v } from "convex/values";
import { expect, test } from "vitest";
import { ref, TestApp } from "./harness/app.js";

/** One unit a second. */
const GATE = { key: "tokens", rate: 10, per: 10_000 };
const LIGHT_FAILURES = 1;
const HEAVY_WEIGHT = 10;
/** The first unit is due at once; this much longer may it take than there are units, in ms. */
const SLACK_MS = 1_000;

/** Runs light steps, each of which fails first, beside heavy ones; answers when each began. */
async function race(lights: number, heavies: number): Promise<number[]> {
  const began: number[] = [];
  const failed = new Set<string>();
  const app: TestApp = new TestApp(
    { slotsPerShard: 50, shards: 1, seats: 1 },
    (executor) => ({
      call: executor.action({
        args: { name: v.string(), isLight: v.boolean() },
        handler: async (_ctx, { name, isLight }) => {
          began.push(app.now());
          if (!isLight || failed.has(name)) return;
          failed.add(name);
          throw new Error("Once more.");
        },
      }),
      main: executor.define({ args: {} }).handler(async (step) => {
        const retry = { maxAttempts: 5, initialBackoffMs: 100, base: 1 };
        const call = (name: string, weight: number) =>
          step.runAction(
            ref<"action">("call"),
            { name, isLight: weight === 1 },
            { name, gate: { ...GATE, weight }, retry },
          );
        await Promise.all([
          ...Array.from({ length: lights }, (_, number) => call(`light${number}`, 1)),
          ...Array.from({ length: heavies }, (_, number) =>
            call(`heavy${number}`, HEAVY_WEIGHT),
          ),
        ]);
      }),
    }),
  );
  await app.start("main");
  await app.run();
  return began;
}

test("use all that a gate grants, though light ones come back behind a heavy one", async () => {
  const began = await race(10, 1);

  const units = 10 * (1 + LIGHT_FAILURES) + HEAVY_WEIGHT;
  expect(began).toHaveLength(21);
  expect(began.at(-1)! - began[0]!).toBeLessThanOrEqual(units * 1_000 + SLACK_MS);
});
