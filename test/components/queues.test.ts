/**
 * Components that work through queues run unchanged on the embedded Convex: with conflicts,
 * permits and the scheduler's slots, and to the end.
 */
import { ping } from "@convex-dev/batch-worker";
import batchWorker from "@convex-dev/batch-worker/test";
import { WorkflowManager } from "@convex-dev/workflow";
import workflow from "@convex-dev/workflow/test";
import { Workpool } from "@convex-dev/workpool";
import workpool from "@convex-dev/workpool/test";
import {
  actionGeneric,
  componentsGeneric,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { v } from "convex/values";
import { expect, test } from "vitest";
import { openWith, ref } from "./deployment.js";

type Item = { _id: never; value: number };
const components = componentsGeneric() as unknown as Record<string, never>;

const add = mutationGeneric({
  args: { value: v.number() },
  handler: async (ctx, { value }) => {
    await ctx.db.insert("items", { value });
    return value;
  },
});

function sorted(rows: { value: number }[]): number[] {
  return rows.map(({ value }) => value).sort((a, b) => a - b);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, value) => value);
}

test("workpool runs all work, within its parallelism, and tells of each", async () => {
  const pool = new Workpool(components.workpool!, { maxParallelism: 5 });
  let running = 0;
  let runningMax = 0;
  const convex = await openWith([workpool.register as never], {
    add,
    work: actionGeneric(async (ctx, { value }: { value: number }) => {
      running += 1;
      runningMax = Math.max(runningMax, running);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await ctx.runMutation(ref<"mutation">("add"), { value });
      running -= 1;
    }),
    done: mutationGeneric(async (ctx, { context }: { context: number }) => {
      await ctx.db.insert("items", { value: context });
    }),
    start: mutationGeneric(async (ctx) => {
      for (const value of upTo(20)) {
        await pool.enqueueAction(
          ctx,
          ref<"action">("work"),
          { value },
          { onComplete: ref<"mutation">("done") as never, context: value + 100 },
        );
      }
    }),
  });

  await convex.mutation(ref<"mutation">("start"));
  await convex.runUntil(() => convex.rows("", "items").length === 40);

  const values = upTo(20);
  expect(sorted(convex.rows("", "items"))).toEqual([
    ...values,
    ...values.map((value) => value + 100),
  ]);
  expect(runningMax).toBe(5);
});

test("batch-worker drains its queue, and starts again when it is told to", async () => {
  const worker = components.batchWorker!;
  const convex = await openWith([batchWorker.register as never], {
    enqueue: mutationGeneric(async (ctx, { value }: { value: number }) => {
      await ctx.db.insert("items", { value });
      await ping(ctx as never, worker, {
        name: "items",
        workQuery: ref<"query">("next"),
        workerMutation: ref<"mutation">("process"),
      } as never);
    }),
    next: queryGeneric(async (ctx) => {
      const items = (await ctx.db.query("items").take(10)) as Item[];
      if (items.length === 0) return { kind: "idle" };
      return { kind: "work", batch: { ids: items.map(({ _id }) => _id) } };
    }),
    process: mutationGeneric(async (ctx, { ids }: { ids: never[] }) => {
      for (const id of ids) await ctx.db.delete(id);
    }),
  });
  const enqueueAll = async () => {
    const values = upTo(15);
    await Promise.all(
      values.map(async (value) => convex.mutation(ref<"mutation">("enqueue"), { value })),
    );
  };

  await enqueueAll();
  expect(await convex.runUntil(() => convex.rows("", "items").length === 0)).toBe(true);
  await convex.runFor(60_000);
  await enqueueAll();
  expect(await convex.runUntil(() => convex.rows("", "items").length === 0)).toBe(true);
});

test("workflow runs steps at once and in order, sleeps, and completes", async () => {
  const manager = new WorkflowManager(components.workflow!);
  const convex = await openWith([workflow.register as never], {
    add,
    double: actionGeneric(async (_ctx, { value }: { value: number }) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return value * 2;
    }),
    flow: manager
      .define({ args: { value: v.number() } })
      .handler(async (step, { value }): Promise<void> => {
        const [one, two] = await Promise.all([
          step.runAction(ref<"action">("double"), { value }),
          step.runAction(ref<"action">("double"), { value: value + 1 }),
        ]);
        await step.sleep(5_000);
        const sum = (one as number) + (two as number);
        await step.runMutation(ref<"mutation">("add"), { value: sum });
      }),
    start: mutationGeneric(async (ctx, { value }: { value: number }) => {
      await manager.start(
        ctx as never,
        ref<"mutation">("flow") as never,
        { value } as never,
      );
    }),
  });

  for (const value of upTo(5)) await convex.mutation(ref<"mutation">("start"), { value });
  await convex.runUntil(() => convex.rows("", "items").length === 5);

  expect(sorted(convex.rows("", "items"))).toEqual(upTo(5).map((value) => 4 * value + 2));
});
