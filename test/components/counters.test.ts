/** Components that keep counts agree with what was done, however many do it at once. */
import { TableAggregate } from "@convex-dev/aggregate";
import aggregate from "@convex-dev/aggregate/test";
import { RateLimiter, SECOND } from "@convex-dev/rate-limiter";
import rateLimiter from "@convex-dev/rate-limiter/test";
import {
  componentsGeneric,
  mutationGeneric,
  queryGeneric,
  type GenericDocument,
} from "convex/server";
import { expect, test } from "vitest";
import { openWith, ref } from "./deployment.js";

const components = componentsGeneric() as unknown as Record<string, never>;

test("aggregate counts and sums what concurrent mutations insert", async () => {
  const sums = new TableAggregate<{ Key: number; DataModel: never; TableName: never }>(
    components.aggregate!,
    {
      sortKey: (item: GenericDocument) => item.value as number,
      sumValue: (item: GenericDocument) => item.value as number,
    } as never,
  );
  const convex = await openWith([aggregate.register as never], {
    insert: mutationGeneric(async (ctx, { value }: { value: number }) => {
      const id = await ctx.db.insert("items", { value });
      await sums.insert(ctx as never, (await ctx.db.get(id)) as never);
    }),
    read: queryGeneric(async (ctx) => ({
      count: await sums.count(ctx as never),
      sum: await sums.sum(ctx as never),
      third: (await sums.at(ctx as never, 2)).key,
    })),
  });

  for (let round = 0; round < 10; round += 1) {
    const values = [3 * round, 3 * round + 1, 3 * round + 2];
    await Promise.all(
      values.map(async (value) => convex.mutation(ref<"mutation">("insert"), { value })),
    );
  }

  expect(await convex.query(ref<"query">("read"))).toEqual({
    count: 30,
    sum: (29 * 30) / 2,
    third: 2,
  });
  expect(convex.metrics.total.conflicts).toBeGreaterThan(0);
});

test("rate-limiter lets through what its bucket holds, and more when time has passed", async () => {
  const limiter = new RateLimiter(components.rateLimiter!, {
    calls: { kind: "token bucket", rate: 10, period: 10 * SECOND, capacity: 10 },
  });
  const convex = await openWith([rateLimiter.register as never], {
    tryOne: mutationGeneric(async (ctx) => {
      return (await limiter.limit(ctx as never, "calls")).ok;
    }),
  });
  const countAllowed = async (attempts: number) => {
    let allowed = 0;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if (await convex.mutation(ref<"mutation">("tryOne"))) allowed += 1;
    }
    return allowed;
  };

  const before = convex.now();
  const allowed = await countAllowed(30);
  const refilled = Math.floor((convex.now() - before) / SECOND);
  expect(allowed).toBe(10 + refilled);
  await convex.runFor(10 * SECOND);
  expect(await countAllowed(30)).toBeGreaterThanOrEqual(10);
});
