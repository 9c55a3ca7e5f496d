/** Calls: permits, retries, commits, and what an address may lead to. */
import {
  actionGeneric,
  componentsGeneric,
  createFunctionHandle,
  internalMutationGeneric,
  mutationGeneric,
  queryGeneric,
  type FunctionReference,
} from "convex/server";
import { describe, expect, test } from "vitest";
import { createConvex, type ConvexOptions } from "../index.js";
import { action, appOf, mutation, openApp, query, sleep, textsOf } from "./testApp.js";

const SETTINGS: Partial<ConvexOptions>[] = [{}, { latency: "none" }];
const ignore = () => undefined;

describe("permits", () => {
  test("are for the function, not for its commit", async () => {
    const convex = await openApp(
      {},
      { latency: { commitMs: 6_000, sigma: 0 }, limits: { mutations: 1 } },
    );
    await Promise.all(
      ["a", "b"].map((text) => convex.mutation(mutation("add"), { text })),
    );
    expect(convex.metrics.of("app:add").permitTimeouts).toBe(0);
  });

  test("run out when actions wait for actions, each for ten seconds", async () => {
    const convex = await openApp(
      {
        nest: actionGeneric(async (ctx, { depth }: { depth: number }) => {
          if (depth > 0) await ctx.runAction(action("nest"), { depth: depth - 1 });
        }),
      },
      { latency: "none", limits: { actions: 2 } },
    );
    await convex.action(action("nest"), { depth: 1 });
    const before = convex.now();
    await expect(convex.action(action("nest"), { depth: 2 })).rejects.toThrow(
      /Too many concurrent requests/,
    );
    expect(convex.now() - before).toBe(10_000);
    expect(convex.permits.action.used).toBe(0);
  });

  test("of a child are given back when its parent ends", async () => {
    const convex = await openApp({
      child: actionGeneric(async (ctx) => {
        await sleep(1_000);
        await ctx.runMutation(mutation("add"), { text: "late" });
      }),
      parent: actionGeneric(async (ctx) => {
        ctx.runAction(action("child")).catch(ignore);
        await sleep(100);
      }),
    });
    await convex.action(action("parent"));
    expect(convex.permits.action.used).toBe(0);
    await convex.runUntilIdle();
    expect(textsOf(convex)).toEqual([]);
  });
});

describe("retries", () => {
  test("are four for clients and for actions", async () => {
    const convex = await openApp(
      {
        tell: actionGeneric(async (ctx) => {
          const call = ctx.runMutation(mutation("add"), { text: "x" });
          return await call.then(String, (error: Error) => error.message);
        }),
      },
      { faults: { conflict: { probability: 1, functions: ["app:add"] } } },
    );
    const text = /^Documents read from or written to/;
    await expect(convex.mutation(mutation("add"), { text: "x" })).rejects.toThrow(text);
    expect(convex.metrics.of("app:add").calls).toBe(5);
    expect(await convex.action(action("tell"))).toMatch(text);
    expect(convex.metrics.of("app:add").calls).toBe(10);
  });

  test("wait for the commit that they met", async () => {
    const convex = await openApp(
      {
        count: mutationGeneric(async (ctx) => {
          const notes = await ctx.db.query("notes").collect();
          await ctx.db.insert("notes", { text: String(notes.length) });
        }),
      },
      { latency: { commitMs: 60_000, sigma: 0 } },
    );
    await Promise.all([1, 2].map(() => convex.mutation(mutation("count"))));
    expect(textsOf(convex)).toEqual(["0", "1"]);
    expect(convex.metrics.of("app:count").conflicts).toBe(1);
  });
});

describe.each(SETTINGS)("with %j, a clock that is set back", (settings) => {
  test("keeps no commit waiting", async () => {
    const convex = await openApp({}, settings);
    await convex.mutation(mutation("add"), { text: "a" });
    convex.jumpClock(-60_000);
    const before = convex.now();
    await convex.mutation(mutation("add"), { text: "b" });
    expect(convex.now() - before).toBeLessThan(1_000);
  });

  test("does not make a stall of the scheduler longer", async () => {
    const convex = await openApp(
      {
        later: mutationGeneric(async (ctx) => {
          await ctx.scheduler.runAfter(0, mutation("add"), { text: "x" });
        }),
      },
      settings,
    );
    convex.stallScheduler(5_000);
    convex.jumpClock(-60_000);
    const before = convex.now();
    await convex.mutation(mutation("later"));
    await convex.runUntilIdle();
    expect(textsOf(convex)).toEqual(["x"]);
    expect(convex.now() - before).toBeLessThan(6_000);
  });
});

test("an action's operations take their time", async () => {
  const convex = await openApp(
    {
      operate: actionGeneric(async (ctx) => {
        const begun = Date.now();
        await ctx.runMutation(mutation("add"), { text: "x" });
        const called = Date.now();
        await ctx.scheduler.runAfter(0, mutation("add"), { text: "y" });
        return [called - begun, Date.now() - called];
      }),
    },
    {
      latency: {
        ...{ readMs: 0, writeMs: 0, commitMs: 0, functionStartMs: 0, sigma: 0 },
        actionCallMs: 300,
        syscallMs: 20,
      },
    },
  );
  expect(await convex.action(action("operate"))).toEqual([300, 20]);
});

test("writes are not bounded where nothing takes time", async () => {
  const convex = await openApp({}, { latency: "none" });
  for (let note = 0; note < 6; note += 1) {
    await convex.mutation(mutation("add"), { text: "x".repeat(1_000_000) });
  }
  expect(textsOf(convex)).toHaveLength(6);
});

test("index entries and the system's rows count as written", async () => {
  const limits = { writeBytesPerSecond: 500 };
  const convex = await openApp(
    {
      later: mutationGeneric(async (ctx) => {
        const text = "x".repeat(500);
        await ctx.scheduler.runAfter(3_600_000, mutation("add"), { text });
      }),
    },
    { latency: "none", limits },
  );
  await convex.mutation(mutation("add"), { text: "x".repeat(300) });
  expect(convex.metrics.of("app:add").bytesWritten).toBeGreaterThan(600);
  const fails = expect(convex.mutation(mutation("add"), { text: "y" })).rejects;
  await fails.toThrow(/^Too many writes per second/);
  await convex.runFor(2_000);
  await convex.mutation(mutation("later"));
  expect(convex.metrics.of("app:later").bytesWritten).toBe(0);
  const alsoFails = expect(convex.mutation(mutation("add"), { text: "y" })).rejects;
  await alsoFails.toThrow(/^Too many writes per second/);
});

const { hidden } = (
  componentsGeneric() as unknown as {
    child: { lib: { hidden: FunctionReference<"mutation", "internal"> } };
  }
).child.lib;

test("references lead to public functions of children only", async () => {
  const convex = await createConvex({
    app: appOf({
      call: mutationGeneric(async (ctx) => {
        await ctx.runMutation(hidden, {});
      }),
      schedule: mutationGeneric(async (ctx) => {
        await ctx.scheduler.runAfter(0, hidden, {});
      }),
      handle: mutationGeneric(async () => await createFunctionHandle(hidden)),
      scheduleFromAction: actionGeneric(async (ctx) => {
        await ctx.scheduler.runAfter(0, hidden, {});
      }),
      handleFromAction: actionGeneric(async () => await createFunctionHandle(hidden)),
    }),
    components: {
      child: {
        modules: { "lib.ts": { hidden: internalMutationGeneric(async () => null) } },
      },
    },
  });
  for (const name of ["call", "schedule", "handle"]) {
    await expect(convex.mutation(mutation(name))).rejects.toThrow(/does not export/);
  }
  for (const name of ["scheduleFromAction", "handleFromAction"]) {
    await expect(convex.action(action(name))).rejects.toThrow(
      "Couldn't resolve child.lib.hidden",
    );
  }
});

test("a handle lasts as long as its function, and comes back with it", async () => {
  const functions = {
    handle: mutationGeneric(async () => {
      const handle = await createFunctionHandle(mutation("extra"));
      return [handle, await createFunctionHandle(handle as never)];
    }),
    use: mutationGeneric(async (ctx, { handle }: { handle: string }) => {
      await ctx.runMutation(handle as never, { text: "x" } as never);
    }),
  };
  const extra = mutationGeneric(async (ctx) => {
    await ctx.db.insert("notes", { text: "x" });
  });
  const convex = await openApp({ ...functions, extra });
  const [handle, same] = (await convex.mutation(mutation("handle"))) as string[];
  expect(same).toBe(handle);
  await convex.deploy({ app: appOf(functions) });
  await expect(convex.mutation(mutation("use"), { handle })).rejects.toThrow(
    /Function handle not found/,
  );
  await convex.deploy({ app: appOf({ ...functions, extra }) });
  await convex.mutation(mutation("use"), { handle });
  expect(textsOf(convex)).toEqual(["x"]);
});

test("calls in a transaction go eight deep below the first function", async () => {
  const convex = await openApp({
    dive: queryGeneric(async (ctx, { levels }: { levels: number }): Promise<number> => {
      if (levels === 0) return 0;
      return 1 + Number(await ctx.runQuery(query("dive"), { levels: levels - 1 }));
    }),
  });
  expect(await convex.query(query("dive"), { levels: 8 })).toBe(8);
  await expect(convex.query(query("dive"), { levels: 9 })).rejects.toThrow(
    /Cross component call depth limit exceeded/,
  );
});
